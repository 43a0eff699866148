"""Sequences of different lengths, one a sample, in one array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Ragged:
    """N sequences, end to end.

    Attributes:
        values: (T, ...) all steps of all sequences; often a read-only memory map.
        offsets: (N + 1,) int64: the steps of sequence i are ``values[offsets[i]:offsets[i + 1]]``. A sample that could not
            be represented, and a stream that an ablation takes away, has none.
    """

    values: NDArray[Any]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[Any]:
        """Return the steps (t, ...) of one sequence, without a copy."""
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def shape(self) -> tuple[int | None, ...]:
        """``(N, None, ...)``: so ``shape[1:]`` is that of a sample, whose number of steps is not fixed."""
        return (len(self), None, *self.values.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a step."""
        return self.values.dtype

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(N,) steps of each sequence."""
        import numpy as np

        return np.diff(self.offsets)


def ragged(sequences: list[NDArray[Any]]) -> Ragged:
    """Return sequences, at least one, in one array in memory."""
    import numpy as np

    lengths = [len(steps) for steps in sequences]
    return Ragged(np.concatenate(sequences), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
