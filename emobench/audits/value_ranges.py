"""Which values a part has: what a constant guess gets for nothing, and what a part cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.contracts import Range

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NARROW = 0.1
"""A part that has less than this share of the stated range is reported: its numbers hardly differ."""


def value_ranges(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Say which values each dimension has in each part; find those that are constant, or narrow for the stated range."""
    assert data.target is not None
    names, ranges = data.target.names, data.target.ranges or (None,) * len(data.target.names)
    found = []
    for part, ids in data.split.parts.items():
        numbers = data.truth.loc[list(ids)].to_numpy(dtype="float64")
        found.append(_said(audit, part, names, numbers))
        for name, column, stated in zip(names, numbers.T, ranges, strict=True):
            found += _narrow(audit, part, name, column, stated)
    return found


def _said(audit: Audit, part: str, names: tuple[str, ...], numbers: NDArray[np.float64]) -> Flagged:
    """Return the note on the values of a part, (n, k) numbers."""
    lows, highs, means = numbers.min(axis=0), numbers.max(axis=0), numbers.mean(axis=0)
    what = "; ".join(
        f"{name} from {low:g} to {high:g}, {mean:.3g} on average"
        for name, low, high, mean in zip(names, lows, highs, means, strict=True)
    )
    known = {
        f"{name}.{what_of}": float(number)
        for what_of, row in (("min", lows), ("max", highs), ("mean", means))
        for name, number in zip(names, row, strict=True)
    }
    return Flagged(audit.finding(part, len(numbers), what, severity="note", numbers=known))


def _narrow(audit: Audit, part: str, name: str, column: NDArray[np.float64], stated: Range) -> Iterator[Flagged]:
    """Yield a warning where (n,) values of a part hardly differ."""
    low, high = float(column.min()), float(column.max())
    if low == high:
        yield Flagged(audit.finding(part, len(column), f"{name} is {low:g} in every sample: nothing can be told of it"))
    elif stated is not None and high - low < NARROW * (stated[1] - stated[0]):
        what = (
            f"{name} goes from {low:g} to {high:g} only, less than a tenth of its range, {stated[0]:g} to {stated[1]:g}"
        )
        yield Flagged(audit.finding(part, len(column), what))
