"""What people are worth as predictors: a rater against the others, from the votes on each sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.records import METRICS
from emobench.scoring.confusion import averages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def human_ceiling(votes: NDArray[np.float64]) -> dict[str, float]:
    """Return by metric what one rater scores, whose truth is the class that most of the other raters chose.

    Each sample counts once and each of its raters alike; where the others are even between classes, a part of the sample
    is of each. Samples with one rater are left out. A model's truth is the majority of all raters, which is a little more
    certain, so that a model can come out above.

    Args:
        votes: (n, k) counts of raters.

    Returns:
        A value for each metric that is an average over a confusion matrix; none where votes are shares, whose raters nobody
        can count, or no sample has two raters.
    """
    import numpy as np

    if not np.equal(votes, np.round(votes)).all():
        return {}
    votes = votes[votes.sum(axis=1) > 1]
    if not len(votes):
        return {}
    matrix = np.zeros((1, votes.shape[1], votes.shape[1]))
    for chosen in range(votes.shape[1]):
        some = votes[votes[:, chosen] > 0]
        others = some - np.eye(votes.shape[1])[chosen]
        most = others == others.max(axis=1, keepdims=True)
        weight = some[:, chosen] / some.sum(axis=1) / most.sum(axis=1)
        matrix[0, :, chosen] = (most * weight[:, None]).sum(axis=0)
    known = {name: metric.average for name, metric in METRICS.items() if metric.average}
    return {name: float(averages(matrix, average)[0]) for name, average in known.items()}
