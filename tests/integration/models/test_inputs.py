"""Samples with several views: all of them are trained on, and predictions are pooled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.contracts.model import FitContext, Samples
from emobench.data.representations import sample_generator
from emobench.plugins.registry import Registry
from emobench.records.record import PartCount
from tests.support.dots_runs import Means
from tests.support.film_plugin import experiment, probabilities
from tests.support.film_runs import (
    planned,
    ran,
    refusal,
    registry,
    table,
    why,
)

pytestmark = pytest.mark.usefixtures("one_thread")


VIEWS = experiment("views", model='"watching"', takes='["glimpses"]', pool='"average"')


class Seen:
    """What a model was given, and what it said."""

    def __init__(self) -> None:
        self.trained: list[Samples] = []
        self.asked: list[Samples] = []
        self.said: list[NDArray[Any]] = []

    def registry(self) -> Registry:
        """Return the plugins with a model ``watching`` that tells this."""
        seen = self

        class Watching(Means):
            def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
                seen.trained.append(train)
                super().fit(train, validation, context)

            def predict_proba(self, samples: Samples) -> NDArray[Any]:
                seen.asked.append(samples)
                seen.said.append(super().predict_proba(samples))
                return seen.said[-1]

        return registry(watching=Watching)


def glimpses(sample: str, data: Path, views: int = 3) -> NDArray[Any]:
    """Return the views of a clip, made manually."""
    split, _, stem = sample.partition("-")
    pixels = np.frombuffer((data / split / f"{stem}.pix").read_bytes(), np.uint8) / 255
    return (pixels + sample_generator(sample, 0).normal(0, 0.02, (views, 16))).astype(np.float32)


def test_training_sees_every_view_with_the_label_of_its_sample(tmp_path: Path, data: Path) -> None:
    seen = Seen()
    using = seen.registry()
    ran(planned(tmp_path, VIEWS, using=using, data=data), using)
    (train,) = seen.trained
    names = [f"train-{label}-{number:02d}" for label in ("round", "square", "thin") for number in range(12)]
    np.testing.assert_array_equal(train.x(), np.concatenate([glimpses(name, data / "dots") for name in names]))
    assert train.y.tolist() == [label for label in range(3) for _ in range(12 * 3)]
    assert len(set(train.ids)) == len(train) == 36 * 3


def test_prediction_is_the_mean_over_the_views_of_a_sample(tmp_path: Path, data: Path) -> None:
    seen = Seen()
    using = seen.registry()
    plan = planned(tmp_path, VIEWS, using=using, data=data)
    assert ran(plan, using)["views"].scores["private"].n == 18
    predictions = table(plan, "views")
    np.testing.assert_array_equal(
        seen.asked[0].x(), np.concatenate([glimpses(name, data / "dots") for name in predictions.index])
    )
    mean = [sum(seen.said[0][3 * row + view] for view in range(3)) / 3 for row in range(36)]
    np.testing.assert_allclose(probabilities(predictions), mean, rtol=0, atol=1e-7)


def test_views_are_pooled_for_an_applied_model_too(tmp_path: Path, data: Path) -> None:
    seen = Seen()
    using = seen.registry()
    applied = experiment("applied", model_of='"fitted"', takes='["glimpses"]', pool='"average"')
    applied += "representations = { glimpses = { views = 2 } }\n"
    plan = planned(tmp_path, experiment("fitted", model='"watching"'), applied, using=using, data=data)
    assert ran(plan, using)["applied"].scores["test"].n == 37
    np.testing.assert_allclose(
        probabilities(table(plan, "applied")), seen.said[1].reshape(37, 2, 3).mean(axis=1), rtol=0, atol=1e-7
    )


def test_dropped_sample_loses_all_its_views(tmp_path: Path, data: Path) -> None:
    (data / "dots" / "train" / "round-00.pix").write_bytes(b"short")
    seen = Seen()
    using = seen.registry()
    record = ran(planned(tmp_path, VIEWS, using=using, data=data), using)["views"]
    assert record.counts["train"] == PartCount(attempted=36, dropped=1)
    assert len(seen.trained[0]) == 35 * 3


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"takes": '["glimpses"]'},
            "representation 'glimpses': gives several views of a sample; say with pool which fusion",
        ),
        ({"pool": '"average"'}, "representation 'pixels': gives one view of a sample; remove pool"),
        (
            {"takes": '["glimpses"]', "pool": '"by-hits"'},
            "pool 'by-hits': it learns from several models, not from views",
        ),
        ({"takes": '["glimpses"]', "pool": '"averge"'}, "pool: no fusion 'averge'; did you mean 'average'?"),
    ],
)
def test_pool_that_does_not_fit_is_refused(tmp_path: Path, keys: dict[str, str], message: str) -> None:
    assert refusal(tmp_path, experiment("one", **keys)).startswith(f"films_suite.toml, experiment 'one': {message}")


def test_streams_with_different_numbers_of_views_fail_with_a_clear_message(tmp_path: Path) -> None:
    text = experiment("one", model='"both"', dataset='"films"', takes='["glimpses", "echoes"]', pool='"average"')
    assert why(ran(planned(tmp_path, text))["one"]) == (
        "the streams have different numbers of views: glimpses 3, echoes 2; give all of them as many"
    )


def test_pool_is_part_of_the_cell_with_its_code_and_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    using = registry()
    text = experiment("one", takes='["glimpses"]', pool='"average"')
    identity = planned(tmp_path, text, using=using).jobs[0].cell.identity
    assert identity.pool is not None
    assert identity.pool.name == "average"
    assert "fusions/average" in identity.code
    assert "pluggy" not in identity.packages
    monkeypatch.setattr(type(using.fusions["average"]), "packages", ("pluggy",))
    assert "pluggy" in planned(tmp_path, text, using=using).jobs[0].cell.identity.packages
