"""A metric of a plugin computed with care, since its author may be anybody, and what it needs of predictions.

The metrics themselves are plugins (:class:`emobench.contracts.Metric`), those that come with emobench too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from emobench.contracts import Metric
from emobench.records import Identity, has_labels_only, measures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def value_of(
    metric: Metric, truth: NDArray[Any], probabilities: NDArray[np.float64], classes: tuple[str, ...]
) -> float:
    """Return a metric's value.

    Raises:
        ValueError: the metric raised, or returned no finite number; the message is the reason.
    """
    try:
        # Copies: what one metric does to its arguments must not concern the next.
        value = float(metric.compute(truth.copy(), probabilities.copy(), classes))
    except Exception as error:  # a plugin may raise anything
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if not math.isfinite(value):
        raise ValueError(f"it returned {value}")
    return value


def needs_probabilities(metric: Metric, classes: int) -> bool:
    """Tell whether a metric changes when probabilities do and the most probable classes do not; one that fails does."""
    import numpy as np

    names = tuple(f"class {number}" for number in range(classes))
    truth = np.arange(2 * classes, dtype=np.int64) % classes
    certain = np.eye(classes)[np.where(np.arange(2 * classes) < classes, truth, (truth + 1) % classes)]
    mixtures = [weight * certain + (1 - weight) / classes for weight in (1.0, 0.7, 0.4)]
    try:
        return len({round(value_of(metric, truth, mixed, names), 9) for mixed in mixtures}) > 1
    except ValueError:
        return True


def meaningful(identity: Identity, metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the metrics of a cell's kind of target; of one that was given labels, those that look at nothing else."""
    labels_only, classes = has_labels_only(identity), len(identity.classes)
    measuring = (metric for metric in metrics if measures(metric, identity.kind))
    return tuple(metric for metric in measuring if not (labels_only and needs_probabilities(metric, classes)))
