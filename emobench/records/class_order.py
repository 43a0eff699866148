"""What a probe found where the columns of a model that is fitted already seem to be those of other classes."""

from __future__ import annotations

from emobench.records.frozen import Frozen


class ClassOrder(Frozen):
    """A permutation of the columns with which predictions are right far more often; nothing was changed by it.

    Attributes:
        accuracy: of the predictions as they are.
        permuted: accuracy after the permutation.
        cycles: the classes that change places: the samples of each are predicted to be the next one.
        samples: that the probe looked at.
        part: they are of; ``test`` for all test parts together.
    """

    accuracy: float
    permuted: float
    cycles: tuple[tuple[str, ...], ...]
    samples: int
    part: str

    def __str__(self) -> str:
        moved = ", ".join("-".join(cycle) for cycle in self.cycles)
        before, after = (f"{value:.2f}".removeprefix("0") for value in (self.accuracy, self.permuted))
        return f"class order differs: accuracy {before}, after the permutation {moved} {after}"
