"""How long a run still takes: what was expected of its cells, corrected by what the cells took that have ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class Remaining:
    """Tells the time that cells still need, by sums: it is asked at every event, and a run may have thousands of cells.

    Args:
        cells: ids of all cells that will be computed.
        expected: seconds that each will take, for those of which that is known.
        workers: number of processes.
    """

    def __init__(self, cells: Collection[str], expected: Mapping[str, float], workers: int = 1) -> None:
        self._expected = {cell: expected[cell] for cell in cells if cell in expected}
        self._known = sum(self._expected.values())
        self._unknown = len(cells) - len(self._expected)
        self._workers = workers
        self._began: dict[str, float] = {}
        self._ended, self._took = 0, 0.0
        self._told, self._took_of_told = 0.0, 0.0

    def begin(self, cell: str, now: float) -> None:
        """A cell began, at a time in seconds."""
        self._began[cell] = now

    def end(self, cell: str, now: float) -> None:
        """A cell ended."""
        expected, began = self._expected.get(cell), self._began.pop(cell, None)
        self._known -= expected or 0.0
        self._unknown -= expected is None
        if began is None:  # a cell that an audit keeps back ends without having begun
            return
        self._ended += 1
        self._took += now - began
        if expected:
            self._told += expected
            self._took_of_told += now - began

    def seconds(self, now: float) -> float | None:
        """Return the time left in seconds; ``None`` before anything tells it."""
        if self._unknown and not self._ended:
            return None
        factor = self._took_of_told / self._told if self._told else 1.0
        mean = self._took / self._ended if self._ended else 0.0
        needs = {cell: factor * self._expected[cell] if cell in self._expected else mean for cell in self._began}
        passed = sum(min(needs[cell], now - began) for cell, began in self._began.items())
        return max(0.0, factor * self._known + mean * self._unknown - passed) / self._workers
