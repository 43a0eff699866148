"""In what a cell departs from what its suite asks for."""

from __future__ import annotations

import dataclasses

from emobench.contracts import Schedule


def schedule_departures(schedule: Schedule, full: Schedule) -> list[str]:
    """Return in what a schedule departs from the one that a suite asks for, a few words each."""
    return [
        f"{name.replace('_', ' ')} {value} (suite: {getattr(full, name)})"
        for name, value in dataclasses.asdict(schedule).items()
        if value != getattr(full, name)
    ]


AT_MOST = r"at most ([\d,]+) samples a part"
"""How a cell says that ``--limit`` left it only some of the samples, for those who look for it."""
