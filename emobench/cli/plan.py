"""``emobench plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from emobench.cli._options import request_options
from emobench.cli._tables import echo_table
from emobench.cli.run import announce

if TYPE_CHECKING:
    from emobench.planning import Request


@click.command(short_help="Show what run would do, and compute nothing.")
@request_options
def plan(request: Request) -> int:
    """Show what `emobench run` with the same options would do, and compute nothing.

    \b
    emobench plan --suite paper-replication --data ~/datasets
    """
    from emobench.planning import make_plan
    from emobench.plugins import installed_plugins

    made = make_plan(request, installed_plugins())
    announce(made)
    rows = []
    for cell in (job.cell for job in made.jobs):
        identity = cell.identity
        what = identity.model or identity.fusion
        state = "done" if cell.id in made.done else "to compute"
        name = what.name if what else ""
        rows.append([cell.experiment, identity.dataset, cell.provenance, name, str(identity.seed), cell.id, state])
    for skip in made.skipped:
        rows.append([skip.experiment, *[""] * 5, skip.reason if skip.same_as else f"not possible: {skip.reason}"])
    echo_table(["experiment", "dataset", "provenance", "model or fusion", "seed", "cell", "state"], rows)
    return 2 if any(skip.unusable for skip in made.skipped) else 0
