"""The largest class probability among the members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench import Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Max(Fusion):
    """The largest probability that any member gives to a class, divided by the sum over the classes.

    The max rule of Kittler, Hatef, Duin and Matas: On combining classifiers. IEEE TPAMI 1998. They bound the sum in
    ``(1 - m) * P(j) + sum_i P(j | x_i)`` by m times its largest term; with equal priors ``P(j)`` the class that wins is the
    one with the largest ``max_i P(j | x_i)``.
    """

    name = "max"
    title = "Maximum of probabilities"

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> NDArray[np.float64]:
        """Return the (n, k) maxima over the m members, normalised; their sum is at least one before that."""
        largest = probabilities.max(axis=0)
        normalised: NDArray[np.float64] = largest / largest.sum(axis=1, keepdims=True)
        return normalised


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``max``."""
    return [Max()]
