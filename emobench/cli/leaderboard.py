"""``emobench leaderboard``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.cli._options import Choice, UserPath, only_option, runs_option
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.boards import Board
    from emobench.plugins import Registry
    from emobench.publishing import Located


@click.command(short_help="Make a leaderboard from the records of runs.")
@runs_option(
    multiple=True,
    default=[Path("runs")],
    help="Folder with the cells of one or more runs, or of a board; repeatable.",
)
@only_option(shell_complete=_completion.results, help="Only rows of matching experiments or cell ids; repeatable.")
@click.option(
    "--format",
    "form",
    type=Choice(["md", "html", "csv", "json"]),
    default="md",
    help="Of the output; html is one page that needs no network.",
)
@click.option("--output", type=UserPath(), help="File to write; standard output by default.")
@click.option("--title", help="Of the Markdown or HTML page; the suite's name by default.")
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
@click.option("--replace", is_flag=True, help="With --add: a bundle may leave out rows of its former version.")
def leaderboard(
    runs: tuple[Path, ...],
    only: tuple[str, ...],
    form: str,
    output: Path | None,
    title: str | None,
    publish: Path | None,
    bundles: tuple[Path, ...],
    replace: bool,
) -> int:
    """Make a leaderboard from the records of runs; neither torch nor the datasets are needed.

    Every score is computed again from the stored predictions.

    \b
    emobench leaderboard --runs runs
    emobench leaderboard --runs runs --runs leaderboards --only '*resnet*'
    emobench leaderboard --runs runs --only 'my-*' --format csv --output board.csv
    emobench leaderboard --runs runs --format html --output board.html
    emobench leaderboard --runs runs --publish leaderboards
    emobench leaderboard --add results.zip --publish leaderboards
    """
    if bundles:
        return _add(bundles, publish, replace)
    from emobench import boards, publishing
    from emobench.plugins import installed_plugins, warn
    from emobench.records import no_records, read_attributes, read_reports
    from emobench.storage import atomic

    plugins = installed_plugins()
    found = {folder: publishing.rescored(folder, plugins) for folder in runs}
    for folder, cells in found.items():
        if not cells:
            raise no_records(folder)
    chosen = publishing.chosen([located for cells in found.values() for located in cells], only)
    records = [record for _, record in chosen]
    if publish is not None:
        published = publishing.publish(chosen, publish, plugins)
        if shortened := publishing.reduced(records):
            warn(shortened)
        _echo(published.rows, published.files)
        return 0
    board = boards.build_board(
        records,
        predictions=publishing.predictions_of(chosen),
        metrics=plugins.metrics,
        attributes=read_attributes(*runs),
        audits=[report for folder in runs for report in read_reports(folder)],
    )
    heading = title or ", ".join(sorted({record.cell.suite for record in records}))
    if form == "md":
        text = boards.render_markdown(board, title=heading, built_in=plugins.built_in_suites)
    elif form == "html":
        verdicts = _verdicts(board, chosen, plugins)
        text = boards.render_html(board, title=heading, verdicts=verdicts, built_in=plugins.built_in_suites)
    else:
        text = boards.render_csv(board) if form == "csv" else boards.render_json(board)
    if output is None:
        click.echo(text, nl=False)
        return 0
    with atomic(output) as file:
        file.write(text.encode())
    return 0


def _verdicts(board: Board, cells: list[Located], plugins: Registry) -> dict[str, Any] | None:
    """Return what the papers of a suite claim with what was measured; ``None`` for the cells of several suites."""
    from emobench import boards
    from emobench.suites import find_suite

    suites = {record.cell.suite for _, record in cells}
    if len(suites) > 1 or not suites <= plugins.suites.keys():
        return None
    verdicts = boards.judged(board, find_suite(suites.pop(), plugins), cells, plugins)
    return verdicts and boards.for_page(verdicts[1], verdicts[0])


def _add(bundles: tuple[Path, ...], board: Path | None, replace: bool) -> int:
    from emobench.plugins import installed_plugins, warn
    from emobench.publishing.bundles import add

    if board is None:
        raise EmobenchError("bundles are added to a board", where="--add", remedy="name its folder with --publish")
    added = add(bundles, board, installed_plugins(), replace=replace)
    for line in added.replaced:
        warn(line)
    _echo(added.rows, added.files)
    return 0


def _echo(rows: Iterable[str], files: Iterable[Path]) -> None:
    for line in (*rows, *map(str, files)):
        click.echo(line)
