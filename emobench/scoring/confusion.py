"""Metrics of many confusion matrices at once: a faster way for intervals, for metrics that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.contracts import ClassAverage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def is_macro(average: ClassAverage | None) -> bool:
    """Tell whether an average is one in which every class weighs the same."""
    return average is not None and average.weights == "macro"


def averages(
    confusions: NDArray[Any], average: ClassAverage, averaged: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Return an average over the classes of many confusion matrices.

    A class that is predicted and has no samples is not averaged in; what is wrongly said to be of it is missing from the
    recall of the true class, and so from its F1.

    Args:
        confusions: (m, k, k) counts, true classes in rows; none of them empty.
        average: of which ratio, and how.
        averaged: (k,) booleans, the classes that a macro average is over; without it those with samples in a matrix.

    Returns:
        (m,) values; a ratio without a denominator is 0, a macro average is NaN where a class of ``averaged`` has no samples.
    """
    import numpy as np

    hits = np.diagonal(confusions, axis1=1, axis2=2).astype(np.float64)
    support, predicted = confusions.sum(axis=2), confusions.sum(axis=1)
    below = {"recall": support, "precision": predicted, "f1": (support + predicted) / 2}[average.ratio]
    ratios = np.divide(hits, below, out=np.zeros_like(hits), where=below > 0)
    weights = support if average.weights == "weighted" else support > 0
    if average.weights == "macro" and averaged is not None:
        weights = np.where((weights | ~averaged).all(axis=1, keepdims=True), averaged, np.nan)
    return np.asarray((ratios * weights).sum(axis=1) / weights.sum(axis=1))
