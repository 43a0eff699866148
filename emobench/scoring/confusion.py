"""Metrics of many confusion matrices at once: a faster way for intervals, for metrics that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FROM_CONFUSION: dict[str, tuple[Literal["precision", "recall", "f1"], Literal["macro", "weighted"]]] = {
    "accuracy": ("recall", "weighted"),
    "balanced_accuracy": ("recall", "macro"),
    "recall_weighted": ("recall", "weighted"),
    "recall_macro": ("recall", "macro"),
    "precision_weighted": ("precision", "weighted"),
    "precision_macro": ("precision", "macro"),
    "f1_weighted": ("f1", "weighted"),
    "f1_macro": ("f1", "macro"),
}
"""By name, since a metric does not tell what it needs. Used only where the formula gives the metric's own value."""


def is_macro(metric: str) -> bool:
    """Tell whether a metric, by its name, is an average in which every class weighs the same."""
    return metric in FROM_CONFUSION and FROM_CONFUSION[metric][1] == "macro"


def averages(confusions: NDArray[Any], metric: str, averaged: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Return a metric of many confusion matrices.

    A class that is predicted and has no samples is not averaged in; what is wrongly said to be of it is missing from the
    recall of the true class, and so from its F1.

    Args:
        confusions: (m, k, k) counts, true classes in rows; none of them empty.
        metric: a name in :data:`FROM_CONFUSION`.
        averaged: (k,) booleans, the classes that a macro average is over; without it those with samples in a matrix.

    Returns:
        (m,) values; a ratio without a denominator is 0, a macro average is NaN where a class of ``averaged`` has no samples.
    """
    import numpy as np

    ratio, average = FROM_CONFUSION[metric]
    hits = np.diagonal(confusions, axis1=1, axis2=2).astype(np.float64)
    support, predicted = confusions.sum(axis=2), confusions.sum(axis=1)
    below = {"recall": support, "precision": predicted, "f1": (support + predicted) / 2}[ratio]
    ratios = np.divide(hits, below, out=np.zeros_like(hits), where=below > 0)
    weights = support if average == "weighted" else support > 0
    if average == "macro" and averaged is not None:
        weights = np.where((weights | ~averaged).all(axis=1, keepdims=True), averaged, np.nan)
    return np.asarray((ratios * weights).sum(axis=1) / weights.sum(axis=1))
