"""The plain baseline of texts, against scikit-learn itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

from emobench.contracts.model import FitContext, Schedule
from emobench.models.build import build_model, predicted
from tests.conftest import given
from tests.model_costs import specs

TRAIN = np.array(["so glad", "so sad", "very glad today", "a sad day"] * 3)
TEST = np.array(["glad and sad", "unheard words today"])
LABELS = [0, 1] * 6


def test_words_and_their_rareness_are_those_of_the_training_part(tmp_path: Path) -> None:
    model = build_model(specs()["tfidf"], {"C": 3.0}, classes=2, input_shapes=((),), seed=0, schedule=Schedule())
    context = FitContext(Schedule(), 0, "cpu", "fp32", tmp_path, lambda _: None, lambda _: None)
    model.fit(given(TRAIN, labels=LABELS, classes=("happy", "sad")), None, context)
    words = TfidfVectorizer().fit(TRAIN.tolist())
    direct = LogisticRegression(C=3.0, max_iter=10_000).fit(words.transform(TRAIN.tolist()), LABELS)
    expected = direct.predict_proba(words.transform(TEST.tolist()))
    np.testing.assert_allclose(model.predict_proba(given(TEST, classes=("happy", "sad"))), expected, atol=1e-6)


def test_values_are_told_by_ridge_with_half_the_inverse_of_c(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(12, 2))
    model = build_model(
        specs()["tfidf"], {"C": 3.0}, classes=2, input_shapes=((),), seed=0, schedule=Schedule(), kind="values"
    )
    context = FitContext(Schedule(), 0, "cpu", "fp32", tmp_path, lambda _: None, lambda _: None)
    named = ("valence", "arousal")
    model.fit(replace(given(TRAIN, classes=named), labels=values, kind="values"), None, context)
    words = TfidfVectorizer().fit(TRAIN.tolist())
    direct = Ridge(alpha=1 / 6).fit(words.transform(TRAIN.tolist()), values)
    got = predicted(model, replace(given(TEST, classes=named), kind="values"))
    np.testing.assert_allclose(got, direct.predict(words.transform(TEST.tolist())), atol=1e-6)
