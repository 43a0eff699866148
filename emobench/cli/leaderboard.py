"""``emobench leaderboard``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.cli._options import Choice, UserPath, only_option, runs_option, task_option
from emobench.cli._tables import board_table
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.boards import Board
    from emobench.plugins import Registry
    from emobench.publishing import Located


_FORMS = ("md", "html", "csv", "json", "latex")
_SUFFIXES = {".html": "html", ".htm": "html", ".csv": "csv", ".json": "json", ".tex": "latex"}
"""What a file's name ends in to the format; md for all others."""
_TITLED = ("md", "html")
_SUITES_IN_A_TITLE = 2
_BADGES = ("unseen", "unknown", "seen", "trained-here")
_TABLES = "tables"
"""For a terminal alone."""


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
    type=Choice(_FORMS),
    help="By default what --output ends in, or else tables on a terminal and md in a pipe. html is one page that needs "
    "no network, latex a table a task for a paper.",
)
@task_option(help="Only tasks whose dataset, heading or id matches; repeatable.")
@click.option(
    "--exposure",
    type=Choice(_BADGES),
    multiple=True,
    help="Only rows whose weights have so seen the test samples, or were trained here; repeatable.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME",
    help="With latex: tier, model, input, seed, n, published, exposure, experiment, cell or a metric; repeatable.",
)
@click.option("--output", type=UserPath(), help="File to write; standard output by default.")
@click.option(
    "--title", help="Of the Markdown or HTML page; by default the suites' names, or Leaderboard for more than two."
)
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
@click.option(
    "--serve",
    type=UserPath(),
    metavar="FOLDER",
    help="Instead: show the boards in this folder in a browser, on this machine alone, until Ctrl+C.",
)
@click.option("--replace", is_flag=True, help="With --add: a bundle may leave out rows of its former version.")
def leaderboard(
    runs: tuple[Path, ...],
    only: tuple[str, ...],
    form: str | None,
    tasks: tuple[str, ...],
    exposure: tuple[str, ...],
    columns: tuple[str, ...],
    output: Path | None,
    title: str | None,
    publish: Path | None,
    bundles: tuple[Path, ...],
    serve: Path | None,
    replace: bool,
) -> int:
    """Make a leaderboard from the records of runs; neither torch nor the datasets are needed.

    Every score is computed again from the stored predictions.

    \b
    emobench leaderboard --runs runs
    emobench leaderboard --runs runs --runs leaderboards --only '*resnet*'
    emobench leaderboard --runs runs --only 'my-*' --format csv --output board.csv
    emobench leaderboard --runs runs --format html --output board.html
    emobench leaderboard --runs runs --format latex --task crema-d
    emobench leaderboard --runs runs --exposure unseen --exposure trained-here
    emobench leaderboard --runs runs --publish leaderboards
    emobench leaderboard --add results.zip --publish leaderboards
    emobench leaderboard --serve leaderboards
    """
    form = form or _form(output)
    if columns and form != "latex":
        raise EmobenchError("columns are chosen for a table in a paper", where="--column", remedy="add --format latex")
    if title and form not in _TITLED:
        raise EmobenchError(
            f"a board as {form} has no title", where="--title", remedy="leave it out, or choose md or html"
        )
    if replace and not bundles:
        raise EmobenchError("only a bundle replaces its former version", where="--replace", remedy="name it with --add")
    if exposure and publish is not None:
        raise EmobenchError("a board is published whole", where="--exposure", remedy="leave it out")
    if tasks and publish is not None:
        raise EmobenchError("a board is published whole", where="--task", remedy="choose rows with --only")
    if serve is not None:
        return _serve(serve)
    if bundles:
        return _add(bundles, publish, replace)
    from emobench import boards, publishing
    from emobench.plugins import installed_plugins, warn
    from emobench.records import no_records
    from emobench.storage import atomic

    plugins = installed_plugins()
    found = {folder: publishing.rescored(folder, plugins) for folder in runs}
    for folder, cells in found.items():
        if not cells:
            raise no_records(folder)
    chosen = publishing.chosen([located for cells in found.values() for located in cells], only)
    chosen = publishing.with_badges(chosen, [name.replace("-", " ") for name in exposure])
    records = [record for _, record in chosen]
    if publish is not None:
        published = publishing.publish(chosen, publish, plugins)
        if shortened := publishing.reduced(records):
            warn(shortened)
        _echo(published.rows, published.files)
        return 0
    whole = publishing.board_of(chosen, runs, plugins)
    heading, below = _heading(title, sorted({record.cell.suite for record in records}))
    board = boards.with_tasks(whole, tasks)
    if form == _TABLES:
        board_table(board)
        return 0
    verdicts = None if form in ("csv", "latex") else _verdicts(whole, chosen, plugins)
    counts = verdicts["verdicts"] if verdicts else None
    built_in = plugins.built_in_suites
    text = {
        "md": lambda: boards.render_summary(board, title=heading, below=below, verdicts=counts, built_in=built_in),
        "html": lambda: boards.render_html(board, title=heading, below=below, verdicts=verdicts, built_in=built_in),
        "latex": lambda: boards.render_latex(board, columns),
        "csv": lambda: boards.render_csv(board),
        "json": lambda: boards.render_json(board, counts),
    }[form]()
    if output is None:
        click.echo(text, nl=False)
        return 0
    if output.is_dir():
        raise EmobenchError("this is a folder", where=str(output), remedy="name a file with --output")
    with atomic(output) as file:
        file.write(text.encode())
    return 0


def _heading(title: str | None, suites: Sequence[str]) -> tuple[str, str]:
    """Return the title of a page, and the line below it: the names of many suites are no title."""
    names = ", ".join(suites)
    if title or len(suites) <= _SUITES_IN_A_TITLE:
        return title or names, ""
    return "Leaderboard", f"Suites: {names}"


def _form(output: Path | None) -> str:
    """Return the format that fits where the board goes."""
    if output is not None:
        return _SUFFIXES.get(output.suffix.lower(), "md")
    return _TABLES if sys.stdout.isatty() else "md"


def _verdicts(board: Board, cells: list[Located], plugins: Registry) -> dict[str, Any] | None:
    """Return what the papers of a suite claim with what was measured; ``None`` where no suite has all of the cells."""
    from emobench import boards
    from emobench.suites import find_suite

    names = {record.cell.suite for _, record in cells}
    known = [find_suite(name, plugins) for name in sorted(names & plugins.suites.keys())]
    suite = next((suite for suite in known if all(map(suite.holds, names))), None)
    if suite is None:
        return None
    verdicts = boards.judged(board, suite, cells, plugins)
    return verdicts and boards.for_page(verdicts[1], verdicts[0])


def _serve(folder: Path) -> int:
    from emobench import boards

    with boards.board_server(folder) as server:
        click.echo(f"http://{boards.HOST}:{server.server_port}/ (Ctrl+C ends it)")
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


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
