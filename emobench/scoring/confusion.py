"""Metrics of many confusion matrices at once: a faster way for intervals, for metrics that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.contracts import ClassAverage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def averages(confusions: NDArray[Any], average: ClassAverage) -> NDArray[np.float64]:
    """Return an average over the classes of many confusion matrices.

    Args:
        confusions: (m, k, k) counts, true classes in rows; none of them empty.
        average: of which ratio, and how.

    Returns:
        (m,) values; a class without samples is not averaged in, a ratio without a denominator is 0.
    """
    import numpy as np

    hits = np.diagonal(confusions, axis1=1, axis2=2).astype(np.float64)
    support, predicted = confusions.sum(axis=2), confusions.sum(axis=1)
    below = {"recall": support, "precision": predicted, "f1": (support + predicted) / 2}[average.ratio]
    ratios = np.divide(hits, below, out=np.zeros_like(hits), where=below > 0)
    weights = support if average.weights == "weighted" else support > 0
    return np.asarray((ratios * weights).sum(axis=1) / weights.sum(axis=1))
