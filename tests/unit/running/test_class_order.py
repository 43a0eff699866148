"""On which samples another order of the columns is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench.contracts import Samples, Stream, Target
from emobench.models import ModelInputs
from emobench.records import ClassOrder
from emobench.running import class_order
from tests.support.factories import CLASSES, identity

Labels = NDArray[np.int64]

SWAPPED = np.eye(3)[[0, 2, 1]]
"""Probabilities by true class of a model whose last two columns changed places."""


class Swapping:
    """Reads the class from the input, and swaps two columns; it knows how many samples it was asked for."""

    asked = 0

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, 3), and count."""
        assert samples.labels is None
        self.asked += len(samples)
        return np.asarray(SWAPPED[samples.x()[:, 0].astype(int)])


def samples(labels: Labels, views: int = 1) -> Samples:
    rows = np.arange(len(labels) * views)
    stream = Stream(labels.repeat(views)[:, None].astype(np.float32), rows)
    return Samples(tuple(map(str, rows)), {"numbers": stream}, labels.repeat(views), CLASSES)


def inputs(truth: Mapping[str, Labels], train: Samples | None = None, views: int = 1) -> ModelInputs:
    labels = np.concatenate(list(truth.values()))
    known = pd.DataFrame(
        {
            "part": [part for part, own in truth.items() for _ in own],
            "label": np.asarray(CLASSES, dtype=object)[labels],
        }
    )
    return ModelInputs(train, None, samples(labels, views), views, known, {}, ())


def found(parts: ModelInputs, model: Swapping | None = None, **changes: Any) -> ClassOrder | None:
    labels = pd.Categorical(parts.truth["label"], CLASSES).codes
    return class_order.probe(cast(Any, model or Swapping()), parts, SWAPPED[labels], identity(**changes))


THIRTY = np.arange(30) % 3


def test_the_validation_part_goes_before_all_others() -> None:
    order = found(inputs({"validation": THIRTY, "test": THIRTY}, samples(THIRTY)))
    assert order is not None
    assert (order.part, order.samples, order.cycles) == ("validation", 30, (("happy", "sad"),))


def test_without_one_the_training_part_is_predicted() -> None:
    model = Swapping()
    order = found(inputs({"test": THIRTY}, samples(THIRTY)), model)
    assert order is not None
    assert (order.part, order.samples, model.asked) == ("train", 30, 30)


def test_of_a_large_training_part_some_samples_are_enough() -> None:
    order = found(inputs({"test": THIRTY}, samples(np.arange(9000) % 3)))
    assert order is not None
    assert order.samples == class_order.MOST


def test_of_several_views_of_a_sample_one_counts() -> None:
    order = found(inputs({"test": THIRTY}, samples(THIRTY, views=4), views=4))
    assert order is not None
    assert order.samples == 30


def test_without_either_the_test_parts_are_looked_at() -> None:
    split = {"public": "a", "private": "b"}
    order = found(inputs({"public": THIRTY, "private": THIRTY}), split=split)
    assert order is not None
    assert (order.part, order.samples) == ("public and private", 60)


@pytest.mark.parametrize("kind", ["values", "distribution"])
def test_of_other_targets_nothing_is_asked(kind: Any) -> None:
    target = Target("mood", kind, CLASSES)
    assert found(inputs({"test": THIRTY}), target=target) is None
