"""The simple average of class probabilities: of several models, or of the frames of one clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench import Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Average(Fusion):
    """The mean of the members' probabilities, each member counting the same.

    With equal priors it is the sum rule of Kittler, Hatef, Duin and Matas: On combining classifiers. IEEE TPAMI 1998.
    """

    name = "average"
    title = "Average of probabilities"

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> NDArray[np.float64]:
        """Return the (n, k) mean over the m members."""
        mean: NDArray[np.float64] = probabilities.mean(axis=0)
        return mean


class FrameAverage(Average):
    """The mean of the probabilities that one model predicts for the frames of a clip: the members are its m frames."""

    name = "frame-average"
    title = "Average of the frames' probabilities"


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``average`` and ``frame-average``."""
    return [Average(), FrameAverage()]
