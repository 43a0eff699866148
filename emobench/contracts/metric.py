"""A number computed from predictions. Shapes: ``n`` samples, ``k`` classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from emobench.contracts.target import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ClassAverage(NamedTuple):
    """A mean over the classes that have samples: of which ratio, and whether each class counts by its samples."""

    ratio: Literal["precision", "recall", "f1"]
    weights: Literal["macro", "weighted"]


@dataclass(frozen=True)
class MetricDescription:
    """What is to be known of a metric to read its values.

    Attributes:
        name: lower-case name with underscores, e.g. ``"f1_macro"``; records and files know a metric by it.
        title: heading wherever a person reads its values.
        higher_is_better: whether a larger value is a better one. The conformance kit checks it.
        low: the smallest possible value.
        high: the largest possible value.
        unit: of the values; empty for shares and other numbers without a unit.
        average: what it is of a confusion matrix, if the matrix is enough to compute it; its intervals are then computed
            from resampled matrices, where this gives the metric's own value.
        interval: whether boards give its interval.
        headline: whether it has a column in the ranking of a board.
        kind: of target that it measures. A metric of classes measures distributions too, by the class that most raters chose.
    """

    name: str
    title: str
    _: KW_ONLY
    higher_is_better: bool = True
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    average: ClassAverage | None = None
    interval: bool = False
    headline: bool = False
    kind: Kind = "class"


def _the_only_one(means: NDArray[np.float64]) -> NDArray[np.float64]:
    return means[:, 0]


@dataclass(frozen=True)
class Metric(MetricDescription):
    """A metric; one that raises, or returns no finite number, is left out with a warning in the record.

    Attributes:
        compute: called with ``truth``, ``predicted`` (n, k) float64 and k names; returns a float. For classes ``truth`` is
            (n,) int64, and classes without a sample in it must not be averaged in; for distributions it is (n, k) shares of
            raters; for values it is (n, k) numbers, and ``predicted`` what the model says of them.
        each: for a metric that follows from means over the samples: called with the same, returns (n, q) float64 whose means
            they are. Intervals are then computed from resampled means, where these give the metric's own value.
        of_means: called with (m, q) means, returns (m,) values; by default the only mean there is.
    """

    compute: Callable[[NDArray[Any], NDArray[np.float64], tuple[str, ...]], float]
    each: Callable[[NDArray[Any], NDArray[np.float64], tuple[str, ...]], NDArray[np.float64]] | None = None
    of_means: Callable[[NDArray[np.float64]], NDArray[np.float64]] = _the_only_one
