"""How long a run still takes: what was expected of its cells, corrected by what the cells took that have ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from statistics import fmean


class Remaining:
    """Tells the time that cells still need.

    Args:
        cells: ids of all cells that will be computed.
        expected: seconds that each will take, for those of which that is known.
        workers: number of processes.
    """

    def __init__(self, cells: Collection[str], expected: Mapping[str, float], workers: int = 1) -> None:
        self._open = set(cells)
        self._expected = dict(expected)
        self._workers = workers
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}

    def begin(self, cell: str, now: float) -> None:
        """A cell began, at a time in seconds."""
        self._began[cell] = now

    def end(self, cell: str, now: float) -> None:
        """A cell ended."""
        self._open.discard(cell)
        if cell in self._began:  # a cell that an audit keeps back ends without having begun
            self._took[cell] = now - self._began.pop(cell)

    def seconds(self, now: float) -> float | None:
        """Return the time left in seconds; ``None`` before anything tells it."""
        both = [cell for cell in self._took if self._expected.get(cell)]
        factor = sum(self._took[cell] for cell in both) / sum(self._expected[cell] for cell in both) if both else 1.0
        mean = fmean(self._took.values()) if self._took else None
        left = 0.0
        for cell in self._open:
            expected = self._expected.get(cell)
            needs = mean if expected is None else factor * expected
            if needs is None:
                return None
            left += max(0.0, needs - (now - self._began.get(cell, now)))
        return left / self._workers
