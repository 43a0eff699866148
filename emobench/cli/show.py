"""``emobench show``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli import completing
from emobench.cli.cells import matching
from emobench.cli.options import runs_option


@click.command()
@click.argument("cell", shell_complete=completing.results)
@runs_option()
@click.option("--json", "as_json", is_flag=True, help="The record as it is stored.")
def show(cell: str, runs: Path, as_json: bool) -> int:
    """Show one result in full: CELL is an experiment's name, or the beginning of a cell's id.

    \b
    emobench show a.table2.mlp
    emobench show 3f2a --json
    """
    from emobench.leaderboard import build, render_markdown
    from emobench.records import read_records

    for record in matching(cell, read_records(runs), runs):
        if as_json:
            click.echo(record.model_dump_json(indent=1))
            continue
        click.echo(render_markdown(build([record]), title=f"{record.cell.experiment}, cell {record.cell.id}"))
        if record.failure and record.failure.traceback:
            click.echo(record.failure.traceback)
        for warning in record.warnings:
            click.echo(f"warning during the run: {warning}")
    return 0
