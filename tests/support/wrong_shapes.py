"""Models in memory whose output has the wrong shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.dummy import DummyClassifier


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
