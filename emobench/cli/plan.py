"""``emobench plan``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli._options import run_options


@click.command(short_help="Show what run would do, and compute nothing.")
@run_options()
def plan(
    suite: str,
    data: Path | None,
    out: Path,
    only: tuple[str, ...],
    limit: int | None,
    epochs: int | None,
    seeds: int,
    precision: str,
) -> int:
    """Show what `emobench run` with the same options would do, and compute nothing.

    \b
    emobench plan --suite paper-replication --data ~/datasets
    """
    from emobench.cli._tables import echo_table
    from emobench.cli.run import announce
    from emobench.planning import Request, make_plan
    from emobench.plugins import installed_plugins

    made = make_plan(Request(suite, data, out, only, limit, epochs, seeds, precision), installed_plugins())
    announce(made)
    rows = []
    for job in made.jobs:
        cell = job.cell
        what = cell.identity.model or cell.identity.fusion
        state = "done" if cell.id in made.done else "to compute"
        rows.append(
            [
                cell.experiment,
                cell.identity.dataset,
                cell.provenance,
                what.name if what else "",
                cell.identity.seed,
                cell.id,
                state,
            ]
        )
    rows += [
        [skip.experiment, "", "", "", "", "", skip.reason if skip.same_as else f"not possible: {skip.reason}"]
        for skip in made.skipped
    ]
    echo_table(["experiment", "dataset", "provenance", "model or fusion", "seed", "cell", "state"], rows)
    return 2 if any(skip.unusable for skip in made.skipped) else 0
