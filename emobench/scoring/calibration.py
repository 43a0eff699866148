"""Are probabilities kept? How often the predicted class is right, by the probability that it was given.

The bins are those of the metric ``ece``: fifteen of equal width over the top probability, each (a, b]; Guo et al., On
Calibration of Modern Neural Networks, ICML 2017, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        n: number of samples, at least one.
        confidence: mean top probability.
        accuracy: in [0, 1].
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
    bins = []
    for number in np.unique(place):
        inside = place == number
        low, high = float(edges[number]), float(edges[number + 1])
        bins.append(Bin(low, high, int(inside.sum()), float(confidence[inside].mean()), float(hit[inside].mean())))
    return tuple(bins)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean gap between confidence and accuracy, in [0, 1]."""
    n = sum(each.n for each in bins)
    return sum(each.n * abs(each.accuracy - each.confidence) for each in bins) / n if n else 0.0
