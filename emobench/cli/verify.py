"""``emobench verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._options import UserPath, data_option, json_option
from emobench.cli._tables import echo_json, grouped
from emobench.errors import counted

if TYPE_CHECKING:
    from emobench.publishing.bundles import Report


@click.command(short_help="Verify bundles: compute every score again.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=UserPath())
@data_option()
@json_option()
def verify(files: tuple[Path, ...], data: Path | None, as_json: bool) -> int:
    """Verify bundles: compute every score again, and list all that is wrong with them.

    FILE is a bundle, or the receipt that a board keeps of one. With --data, labels and splits are compared with the datasets
    that are found there. Exits with 0 if nothing is wrong; with 1 if something is, a line each; with 2 if there is no such
    file.

    \b
    emobench verify my-results.zip
    emobench verify my-results.zip --data ~/datasets
    emobench verify leaderboards/bundles/paper-replication.json
    """
    from emobench.plugins import installed_plugins
    from emobench.publishing import bundles

    reports = [bundles.verify(path, installed_plugins(), data) for path in files]
    if as_json:
        echo_json([report.model_dump(mode="json") for report in reports])
    else:
        for report in reports:
            _echo(report)
    return 0 if all(report.verified for report in reports) else 1


def _echo(report: Report) -> None:
    for first, *others in grouped((note.what, note) for note in report.notes).values():
        more = f" (and of {len(others)} more)" if others else ""
        click.echo(f"{report.file}: note: {first}{more}")
    for problem in report.problems:
        click.echo(f"{report.file}: {problem}")
    against = f", labels and splits compared with {report.data}" if report.data else ""
    outcome = "verified" if report.verified else f"refused: {counted(len(report.problems), 'problem', 'problems')}"
    cells = counted(report.cells, "cell", "cells")
    click.echo(f"{report.file}: {outcome} ({cells}{against})")
