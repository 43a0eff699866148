"""In what a cell departs from what its suite asks for."""

from __future__ import annotations

import dataclasses

from emobench.contracts import Schedule


def schedule_departures(schedule: Schedule, full: Schedule) -> list[str]:
    """Return in what a schedule departs from the one that a suite asks for, a few words each."""
    names = [one.name for one in dataclasses.fields(schedule)]
    return [
        f"{name.replace('_', ' ')} {getattr(schedule, name)} (suite: {getattr(full, name)})"
        for name in names
        if getattr(schedule, name) != getattr(full, name)
    ]


AT_MOST = r"at most ([\d,]+) samples a part"
"""How a cell says that ``--limit`` left it only some of the samples, for those who look for it."""
