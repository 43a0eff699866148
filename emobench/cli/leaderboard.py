"""``emobench leaderboard``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli.options import Choice, UserPath
from emobench.errors import EmobenchError


@click.command()
@click.option(
    "--runs",
    type=UserPath(),
    default=Path("runs"),
    show_default=True,
    help="Folder with the cells of one or more runs.",
)
@click.option(
    "--format", "form", type=Choice(["md", "csv", "json"]), default="md", show_default=True, help="Of the output."
)
@click.option("--output", type=UserPath(), help="File to write; standard output by default.")
@click.option("--title", help="Of the Markdown page; the suite's name by default.")
@click.option(
    "--publish",
    type=UserPath(),
    metavar="FOLDER",
    help="Add the cells to the boards there, with their records and predictions; synthetic rows stay out.",
)
@click.option(
    "--add",
    "bundles",
    type=UserPath(),
    multiple=True,
    metavar="BUNDLE",
    help="With --publish: instead of runs, verify a bundle and add its rows; repeatable.",
)
def leaderboard(
    runs: Path, form: str, output: Path | None, title: str | None, publish: Path | None, bundles: tuple[Path, ...]
) -> int:
    """Make a leaderboard from the records of runs; neither torch nor the datasets are needed.

    Every score is computed again from the stored predictions.

    \b
    emobench leaderboard --runs runs
    emobench leaderboard --runs runs --format csv --output board.csv
    emobench leaderboard --runs runs --publish leaderboards
    emobench leaderboard --add results.zip --publish leaderboards
    """
    if bundles:
        return _add(bundles, publish)
    from emobench import publishing
    from emobench.auditing import read_reports
    from emobench.leaderboard import build, render_csv, render_json, render_markdown
    from emobench.plugins import registry
    from emobench.records import atomic
    from emobench.slices import read_attributes

    records = publishing.rescored(runs, registry())
    if not records:
        raise EmobenchError("no record was found", where=str(runs), remedy="name the folder of a run with --runs")
    if publish is not None:
        for path in publishing.publish(records, publish, registry()):
            click.echo(path)
        return 0
    board = build(
        [record for _, record in records],
        predictions=publishing.predictions_of(records),
        metrics=registry().metrics,
        attributes=read_attributes(runs),
        audits=read_reports(runs),
    )
    suites = sorted({record.cell.suite for _, record in records})
    text = {
        "md": lambda: render_markdown(board, title=title or ", ".join(suites)),
        "csv": lambda: render_csv(board),
        "json": lambda: render_json(board),
    }[form]()
    if output is None:
        click.echo(text, nl=False)
        return 0
    with atomic(output) as file:
        file.write(text.encode())
    return 0


def _add(bundles: tuple[Path, ...], board: Path | None) -> int:
    from emobench import submission
    from emobench.plugins import registry

    if board is None:
        raise EmobenchError("bundles are added to a board", where="--add", remedy="name its folder with --publish")
    for path in submission.add(bundles, board, registry()):
        click.echo(path)
    return 0
