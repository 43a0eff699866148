"""Sequences in files: written one after another, read as memory maps."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Ragged
from emobench.errors import EmobenchError
from emobench.storage import writing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STEP, _LENGTHS, _VALUES = "step.json", "lengths.bin", "values.bin"


class RaggedWriter:
    """Sequences of a folder, to which more are appended.

    Args:
        folder: exists.
        done: sequences that are kept of an earlier writer; what it wrote behind them is cut off.
        where: who makes the sequences, for messages.
    """

    def __init__(self, folder: Path, where: str, done: int = 0) -> None:
        self._folder, self._where = folder, where
        self._step: tuple[tuple[int, ...], np.dtype[Any]] | None = _step(folder) if (folder / _STEP).is_file() else None
        for name in (_LENGTHS, _VALUES):
            (folder / name).touch()
        with (folder / _LENGTHS).open("rb+") as file:
            file.truncate(8 * done)
        with (folder / _VALUES).open("rb+") as file:
            file.truncate(int(_lengths(folder).sum()) * self._bytes)

    @property
    def _bytes(self) -> int:
        import numpy as np

        return 0 if self._step is None else int(np.prod(self._step[0], dtype=np.int64)) * self._step[1].itemsize

    def append(self, sequences: list[NDArray[Any] | None]) -> None:
        """Write some (t, ...), all on the disk at the end; ``None`` is a sample without any.

        Raises:
            EmobenchError: one has no step, or steps of another shape or dtype than those before; or the disk is full.
        """
        import numpy as np

        with (
            writing(self._folder),
            (self._folder / _VALUES).open("ab") as values,
            (self._folder / _LENGTHS).open("ab") as lengths,
        ):
            for steps in sequences:
                if steps is not None:
                    self._check(steps)
                    values.write(np.ascontiguousarray(steps).data)
                lengths.write(np.int64(0 if steps is None else len(steps)).tobytes())
            for file in (values, lengths):
                file.flush()
                os.fsync(file.fileno())

    def _check(self, steps: NDArray[Any]) -> None:
        remedy = "fix what is returned for a sample"
        if not steps.ndim or not len(steps):
            raise EmobenchError("a sequence without a step", where=self._where, remedy=remedy)
        found = steps.shape[1:], steps.dtype
        if self._step is None:
            self._step = found
            said = {"shape": list(found[0]), "dtype": found[1].str}
            (self._folder / _STEP).write_text(json.dumps(said), encoding="utf-8")
        elif found != self._step:
            what = f"a step has shape {found[0]} {found[1]}, others {self._step[0]} {self._step[1]}"
            raise EmobenchError(what, where=self._where, remedy=remedy)


def read_ragged(folder: Path) -> Ragged:
    """Return the sequences of a folder; their values are a read-only memory map.

    Raises:
        OSError: they are not there.
        ValueError: a file is cut off.
    """
    import numpy as np

    shape, dtype = _step(folder)
    offsets = np.concatenate([[0], np.cumsum(_lengths(folder))]).astype(np.int64)
    values = np.memmap(folder / _VALUES, dtype=dtype, mode="r", shape=(int(offsets[-1]), *shape))
    return Ragged(values, offsets)


def _step(folder: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    import numpy as np

    said = json.loads((folder / _STEP).read_text(encoding="utf-8"))
    return tuple(said["shape"]), np.dtype(said["dtype"])


def _lengths(folder: Path) -> NDArray[np.int64]:
    import numpy as np

    return np.fromfile(folder / _LENGTHS, dtype=np.int64)
