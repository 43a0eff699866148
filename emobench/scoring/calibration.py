"""Are probabilities kept? How often the predicted class is right, by the probability that it was given.

The bins are those of the metric ``ece``: fifteen of equal width over the top probability, each (a, b]; Guo et al., On
Calibration of Modern Neural Networks, ICML 2017, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


BINS = 15


@dataclass(frozen=True)
class Bin:
    """Samples whose top probability lies in (low, high].

    Attributes:
        low: lower edge, not in the bin.
        high: upper edge.
        n: number of samples, at least one.
        confidence: mean top probability.
        accuracy: share of samples whose most probable class is the true one.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def reliability(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> tuple[Bin, ...]:
    """Return the bins that hold samples, in ascending order.

    Args:
        truth: (n,) indices of the true classes.
        probabilities: (n, k), each row sums to one.
    """
    import numpy as np

    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == truth
    edges = np.linspace(0, 1, BINS + 1)
    place = np.digitize(confidence, edges[1:-1], right=True)
    return tuple(
        Bin(
            low=float(edges[each]),
            high=float(edges[each + 1]),
            n=int((place == each).sum()),
            confidence=float(confidence[place == each].mean()),
            accuracy=float(hit[place == each].mean()),
        )
        for each in range(BINS)
        if (place == each).any()
    )


def calibration_error(bins: Iterable[Bin]) -> float:
    """Return the expected calibration error: the mean gap between confidence and accuracy, in [0, 1]."""
    known = list(bins)
    n = sum(one.n for one in known)
    return float(sum(one.n * abs(one.accuracy - one.confidence) for one in known) / n) if n else 0.0
