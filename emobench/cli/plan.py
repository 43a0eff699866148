"""``emobench plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from emobench.cli._costs import cost_texts
from emobench.cli._layout import cut, drop
from emobench.cli._options import device_option, jobs_option, request_options
from emobench.cli._tables import echo_table, grouped, wrapped
from emobench.cli.run import announce

if TYPE_CHECKING:
    from emobench.planning import Request

_HEADINGS = ("experiment", "dataset", "provenance", "model", "seed", "time", "memory", "disk", "cell", "state")
_ORDER = (
    *drop("provenance", "seed"),
    *cut("dataset", 14),
    *drop("disk"),
    *cut("experiment", 30),
    *drop("model", "memory"),
    *cut("experiment", 18),
    *drop("dataset"),
)


@click.command(short_help="Show what run would do, and what it would take.")
@request_options
@device_option(help="Where torch would compute.")
@jobs_option(help="Cells at a time.")
def plan(request: Request, device: str, jobs: int) -> int:
    """Show what `emobench run` with the same options would do, and what it would take, and compute no cell.

    Time, memory and disk are those of recorded cells of the same model and input, in the folder of runs or in a folder
    leaderboards; where there are none of such a machine, a few steps of training are measured, for some three minutes.

    \b
    emobench plan --suite paper-replication --data ~/datasets
    """
    from emobench.planning import make_plan
    from emobench.plugins import installed_plugins

    made = make_plan(request, installed_plugins())
    costs = announce(made, device, jobs)
    rows = []
    for cell in (job.cell for job in made.jobs):
        identity = cell.identity
        what = identity.model or identity.fusion
        state = "done" if cell.id in made.done else "to compute"
        name = what.name if what else ""
        cost = costs.cells.get(cell.id) if costs else None
        told = cost_texts([cost]) if cost else [""] * 3
        rows.append([cell.experiment, identity.dataset, cell.provenance, name, identity.seed, *told, cell.id, state])
    shown = [each for each in _HEADINGS if costs or each not in ("time", "memory", "disk")]
    if len({row[-1] for row in rows}) == 1:  # the line above the table says it
        shown.remove("state")
    kept = [_HEADINGS.index(each) for each in shown]
    numbers = ("seed", "time", "memory", "disk")
    echo_table(shown, [[row[place] for place in kept] for row in rows], _ORDER, numbers)
    for reason, skipped in grouped((skip.reason, skip) for skip in made.skipped).items():
        names = ", ".join(skip.experiment for skip in skipped)
        click.echo(wrapped(f"{names}: {reason if skipped[0].same_as else f'not possible: {reason}'}", "", 2))
    return 2 if any(skip.unusable for skip in made.skipped) else 0
