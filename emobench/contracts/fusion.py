"""A late fusion of stored predictions. Shapes: ``n`` samples, ``k`` classes, ``m`` members."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Fusion(ABC):
    """A late fusion: it combines the stored probabilities of other cells on the same samples.

    It has no parameters: another rule is another fusion. Stored probabilities are float32 numbers, and some are zero. What
    cannot be learnt from the validation part at hand is an :class:`~emobench.errors.EmobenchError`.

    Attributes:
        name: lower-case name with hyphens.
        title: one line for people.
        learns: whether it is fitted on the members' predictions for the validation part.
        packages: distributions whose version may change the result.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    learns: ClassVar[bool] = False
    packages: ClassVar[tuple[str, ...]] = ()

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Learn from the validation part; called only where :attr:`learns` is true.

        Args:
            probabilities: (m, n, k) of the members.
            labels: (n,) indices of the classes.

        Returns:
            What is handed to :meth:`combine` by keyword: plain numbers, strings, lists and tables. It is written to the
            record, and a list of m numbers called ``weights`` is on the row.
        """
        return {}

    @abstractmethod
    def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
        """Return (n, k) probabilities from the members' (m, n, k).

        Args:
            probabilities: of the members, each row summing to one.
            *args: nothing; with it, type checkers accept an override that names just what it takes.
            **learnt: what :meth:`fit` returned; nothing for a fusion that does not learn.
        """
