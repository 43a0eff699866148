"""The class that most members predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench import Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MajorityVote(Fusion):
    """Each member votes for its most probable class, the first one on a tie; the class with most votes wins.

    The majority vote rule of Kittler, Hatef, Duin and Matas: On combining classifiers. IEEE TPAMI 1998. With equal priors it
    counts ``sum_i D(j, i)``, where ``D(j, i)`` is 1 if class j is the most probable one of member i, else 0. It leaves ties
    open; here the larger mean probability breaks them.

    Both are in the probabilities returned, ``(votes + mean) / (m + 1)``: one more ballot is divided among the classes as the
    members' mean divides it. A class ahead by a vote stays ahead, for no class can win a whole ballot of which another gets
    none unless every member voted for it. The rows sum to one; they differ from the bare shares of the votes by at most
    ``1 / (m + 1)``.
    """

    name = "majority-vote"
    title = "Majority vote"

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> NDArray[np.float64]:
        """Return (n, k) shares of the m votes and of the ballot that breaks ties."""
        import numpy as np

        members, _, classes = probabilities.shape
        votes = np.eye(classes)[probabilities.argmax(axis=2)].sum(axis=0)
        shares: NDArray[np.float64] = (votes + probabilities.mean(axis=0)) / (members + 1)
        return shares


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``majority-vote``."""
    return [MajorityVote()]
