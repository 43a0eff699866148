"""A part of a sound or a film, in seconds from its beginning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from emobench.errors import UnreadableError

_TOLERANCE = 0.05
"""Seconds by which a part may end after its file: tables are rounded, and codecs cut."""


class Part(NamedTuple):
    """From ``start`` to ``end`` in seconds; an end that is NaN is that of the file."""

    start: float
    end: float

    @classmethod
    def of(cls, sample: Mapping[str, Any]) -> Part | None:
        """Return the part of its file that a sample is, by its row of the index; ``None`` for the whole."""
        start, end = float(sample.get("start", 0.0)), float(sample.get("end", math.nan))
        return None if start == 0 and math.isnan(end) else cls(start, end)

    def frames(self, rate: float, length: int, path: Path) -> tuple[int, int]:
        """Return the first frame of the part, and the one after its last, of a file of so many frames.

        Raises:
            UnreadableError: the file ends before the part does.
        """
        begin = round(self.start * rate)
        end = length if math.isnan(self.end) else round(self.end * rate)
        if begin >= length or end > length + _TOLERANCE * rate:
            seconds = f"{self.start:g} to {self.end:g} s" if not math.isnan(self.end) else f"from {self.start:g} s on"
            what = f"the part {seconds} is not in the file, which has {length / rate:.2f} s"
            raise UnreadableError(what, where=str(path), remedy="correct start and end")
        return begin, min(end, length)
