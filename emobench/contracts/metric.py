"""A number computed from predictions. Shapes: ``n`` samples, ``k`` classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: lower-case name with underscores, e.g. ``"f1_macro"``.
        title: heading of ``emobench compare``; boards, which need no plugin, have ``emobench/records/metric_names.py``.
        compute: called with ``truth`` (n,) int64, ``probabilities`` (n, k) float64 and ``classes`` (k names); returns a
            float. Classes without a sample in ``truth`` must not be averaged in.
        higher_is_better: whether a larger value is a better one. The conformance kit checks it; boards rank by accuracy.
    """

    name: str
    title: str
    compute: Callable[[NDArray[np.int64], NDArray[np.float64], tuple[str, ...]], float]
    higher_is_better: bool = True
