"""The simple average of class probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Average(Fusion):
    """The mean of the members' probabilities, each member counting the same."""

    name = "average"
    title = "Average of probabilities"

    def combine(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over the members."""
        mean: NDArray[np.float64] = probabilities.mean(axis=0)
        return mean


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``average``."""
    return [Average()]
