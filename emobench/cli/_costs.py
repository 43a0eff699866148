"""What a plan will take, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from emobench.cli._layout import cut, drop, fold
from emobench.cli._tables import echo_table, grouped, wrapped
from emobench.errors import counted

if TYPE_CHECKING:
    from emobench.planning import Job, Plan
    from emobench.running import Cost, Estimate

_HEADINGS = ("model or fusion", "input", "cells", "time", "memory", "disk", "told by")
_ORDER = (*cut("input", 12), *fold("told by", 8), *drop("disk"), *cut("model or fusion", 16), *drop("told by", "input"))
_BUSY = 0.2
"""Share of the processors; measured steps take longer than alone by about as much, or more."""
_WORDS = {
    "records": "recorded cells",
    "steps": "measured steps",
    "other machine": "cells of another machine",
    "": "not known",
}


def known_costs(plan: Plan, device: str, jobs: int, *, keep_models: bool = False) -> Estimate | None:
    """Return what the cells of a plan that have no result yet will take; ``None`` on twins alone, which take minutes."""
    if not any(job.cell.provenance != "synthetic" for job in plan.todo):
        return None
    from emobench.running import estimate

    return estimate(plan, device, jobs, keep_models=keep_models)


def echo_costs(plan: Plan, estimate: Estimate) -> None:
    """Print what each model will take, and all together."""
    from emobench.boards import duration, plain

    jobs = {job.cell.id: job for job in plan.jobs}
    kinds = grouped((_kind(jobs[cell]), cost) for cell, cost in estimate.cells.items())
    lines = sorted(kinds.items(), key=lambda line: -_seconds(line[1]))
    rows = [
        [*kind, len(costs), *cost_texts(costs), ", ".join(dict.fromkeys(_WORDS[cost.source] for cost in costs))]
        for kind, costs in lines
    ]
    echo_table(_HEADINGS, rows, _ORDER, ["cells", "time", "memory", "disk"])
    unknown = f"; not known: {counted(estimate.unknown, 'cell', 'cells')}" if estimate.unknown else ""
    at_a_time = f" with --jobs {estimate.workers}" if estimate.workers > 1 else ""
    begin = "At least" if estimate.unknown else "About"
    said = (
        f"{begin} {plain(duration(estimate.seconds))}{at_a_time}, {size(estimate.disk)} of disk (arrays in the cache "
    )
    said += f"and checkpoints included) and {size(estimate.memory)} of memory{unknown}."
    if estimate.busy >= _BUSY:
        said += f" Other programs used {estimate.busy:.0%} of the processors while steps were measured: alone it takes less."
    click.echo(wrapped(said) + "\n")


def cost_texts(costs: Iterable[Cost]) -> list[str]:
    """Return time, memory and disk of cells, one after another; ``?`` for what is not known."""
    from emobench.boards import duration

    known = list(costs)
    told = [cost for cost in known if cost.seconds is not None]
    time = " + ".join(filter(None, (duration(_seconds(told)) if told else "", "?" if len(told) < len(known) else "")))
    memory = max((cost.memory or 0 for cost in known), default=0)
    disk = sum(cost.disk for cost in known)
    return [time, size(memory) if memory else "", size(disk) if disk else ""]


def size(number: int) -> str:
    """Return a number of bytes in gigabytes, or in megabytes below one."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"


def _seconds(costs: Iterable[Cost]) -> float:
    return sum(cost.seconds or 0.0 for cost in costs)


def _kind(job: Job) -> tuple[str, str]:
    identity = job.cell.identity
    what = identity.model or identity.fusion
    return what.name if what else "", ", ".join(each.name for each in identity.representations)
