"""Estimators on votes and on values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from emobench.contracts import FitContext, Recipe, Samples, Schedule, Stream
from emobench.errors import EmobenchError
from emobench.models.estimator import EstimatorModel

N = 80
X = np.random.default_rng(0).normal(size=(N, 5))
VALUES = np.stack([3 + X[:, 0], X[:, 1] - X[:, 2]], axis=1)
VOTES = np.random.default_rng(1).multinomial(5, [0.5, 0.3, 0.2], size=N)


def samples(kind: Any, told: NDArray[Any] | None, names: tuple[str, ...]) -> Samples:
    return Samples(tuple(map(str, range(N))), {"x": Stream(X, np.arange(N))}, told, names, kind)


def fitted(estimator: Any, part: Samples, **recipe: Any) -> EstimatorModel:
    model = EstimatorModel(estimator, "mine")
    model.fit(
        part, None, FitContext(Schedule(), 7, "cpu", "fp32", Path(), lambda _: None, lambda _: None, Recipe(**recipe))
    )
    return model


def of_votes() -> Samples:
    return samples("distribution", VOTES / 5, ("a", "b", "c"))


def test_votes_are_samples_of_every_class_that_was_chosen_weighted_by_the_share() -> None:
    # As if each of the five raters were a sample of its own.
    each = np.repeat(np.tile(np.arange(3), N), VOTES.ravel())
    alone = LogisticRegression().fit(np.repeat(X, 5, axis=0), each, sample_weight=np.full(5 * N, 0.2))
    model = fitted(LogisticRegression(), of_votes())
    np.testing.assert_allclose(model.predict_proba(of_votes()), alone.predict_proba(X), atol=1e-4)


def test_balanced_votes_let_every_class_weigh_alike() -> None:
    model = fitted(make_pipeline(StandardScaler(), LogisticRegression(C=1e-6)), of_votes(), class_weights="balanced")
    np.testing.assert_allclose(model.predict_proba(of_votes()).mean(axis=0), 1 / 3, atol=0.01)


def test_an_estimator_without_weights_cannot_learn_votes() -> None:
    with pytest.raises(EmobenchError, match="model 'mine': it takes no sample_weight"):
        fitted(KNeighborsClassifier(), of_votes())


def test_a_regressor_of_one_number_is_fitted_once_for_each_dimension() -> None:
    part = samples("values", VALUES, ("v", "w"))
    model = fitted(make_pipeline(StandardScaler(), SVR()), part)
    said = model.predict_values(part)
    for place in range(2):
        alone = make_pipeline(StandardScaler(), SVR()).fit(X, VALUES[:, place])
        np.testing.assert_allclose(said[:, place], alone.predict(X))


def test_a_regressor_of_several_numbers_is_left_as_it_is() -> None:
    model = fitted(Ridge(), samples("values", VALUES, ("v", "w")))
    assert not isinstance(model.estimator, MultiOutputRegressor)


def test_one_dimension_is_a_column() -> None:
    part = samples("values", VALUES[:, :1], ("v",))
    assert fitted(Ridge(), part).predict_values(part).shape == (N, 1)


def test_a_regressor_of_several_numbers_alone_takes_one_as_well() -> None:
    part = samples("values", VALUES[:, :1], ("v",))
    assert fitted(MultiOutputRegressor(SVR()), part).predict_values(part).shape == (N, 1)


TEXTS = np.array(["so glad", "so sad", "very glad", "a sad day"] * 5)


def of_texts(labels: Any, *others: str) -> Samples:
    streams = {name: Stream(TEXTS, np.arange(20)) for name in ("text", *others)}
    return Samples(tuple(map(str, range(20))), streams, labels, ("happy", "sad"))


def test_an_estimator_gets_texts_as_they_are() -> None:
    labels = np.array([0, 1] * 10)
    model = fitted(make_pipeline(CountVectorizer(), LogisticRegression()), of_texts(labels))
    direct = make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS.tolist(), labels)
    np.testing.assert_allclose(model.predict_proba(of_texts(None)), direct.predict_proba(TEXTS.tolist()), atol=1e-6)


def test_an_estimator_takes_texts_beside_nothing_else() -> None:
    with pytest.raises(EmobenchError, match=r"the stream 'text' holds texts, .*; let the estimator take it alone"):
        fitted(LogisticRegression(), of_texts(np.array([0, 1] * 10), "more"))
