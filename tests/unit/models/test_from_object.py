"""Models in memory whose output has the wrong shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier

import emobench
from emobench.errors import EmobenchError

TASK: dict[str, Any] = {
    "dataset": "ravdess",
    "protocol": "random-clips",
    "labels": "seven-emotions",
    "takes": "mfcc-chroma-mel",
    "limit": 14,
    "training": {"epochs": 1},
    "device": "cpu",
}


class Wide(DummyClassifier):  # type: ignore[misc]
    """Returns two columns too many."""

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """Return probabilities."""
        return np.full((len(X), 9), 1 / 9)


class Short(DummyClassifier):  # type: ignore[misc]
    """Returns a row too few."""

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """Return probabilities."""
        return super().predict_proba(X)[:-1]


class Pair(torch.nn.Linear):
    """Returns a tuple."""

    def forward(self, x: Any) -> Any:
        """Return logits and something else."""
        return super().forward(x), x


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (torch.nn.LazyLinear(7), "call the module once on a batch first"),
        (torch.nn.Linear(180, 5), r"returned logits of shape \(\d+, 5\), wanted \(\d+, 7\)"),
        (Pair(180, 7), "returned a tuple"),
        (Wide(), r"returned probabilities of shape \(\d+, 9\), wanted \(\d+, 7\)"),
        (Short(), r"returned probabilities of shape \(\d+, 7\), wanted"),
    ],
)
def test_output_of_the_wrong_shape_is_explained(model: Any, said: str) -> None:
    with pytest.raises(EmobenchError, match=said):
        emobench.evaluate(model, **TASK)
