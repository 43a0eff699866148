"""``emobench plot``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._cells import named
from emobench.cli._options import Choice, UserPath, runs_option
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from emobench.boards import BoardTask
    from emobench.publishing import Located
    from emobench.records import Record, Scores

    Draw = Callable[[], Figure]

OF_CELL = ("confusion", "classes", "reliability", "training")


@click.command(short_help="Draw figures as PNG and SVG.")
@click.argument("cell", required=False)
@click.option("--board", is_flag=True, help="The rows of every task with their intervals, instead of one cell.")
@runs_option(help="Folder with runs or boards.")
@click.option("--kind", "kinds", type=Choice(OF_CELL), multiple=True, help="Only this figure of a cell; repeatable.")
@click.option(
    "--format",
    "forms",
    type=Choice(["png", "svg"]),
    multiple=True,
    default=["png", "svg"],
    help="Of the files; repeatable.",
)
@click.option("--output", type=UserPath(), default=Path("figures"), help="Folder for the files.")
def plot(
    cell: str | None, board: bool, runs: Path, kinds: tuple[str, ...], forms: tuple[str, ...], output: Path
) -> int:
    """Draw figures as PNG and SVG: CELL is an experiment's name, or the beginning of a cell's id.

    Needs matplotlib: pip install 'emobench[plot]'.

    \b
    emobench plot a.table2.mlp
    emobench plot 3f2a --kind confusion --format svg
    emobench plot --board --runs leaderboards --output figures
    """
    from emobench import figures, publishing
    from emobench.plugins import installed_plugins
    from emobench.records import no_records

    if bool(cell) == board:
        raise EmobenchError("either a cell or --board is drawn", remedy="emobench plot CELL, or emobench plot --board")
    if board and kinds:
        raise EmobenchError("--kind is for the figures of a cell", remedy="leave it out with --board")
    located = publishing.rescored(runs, installed_plugins())
    if board and not located:
        raise no_records(runs)
    drawings = _of_cells(named(cell, located, runs), kinds or OF_CELL) if cell else _of_board(located)
    written = [file for name, draw in drawings for file in figures.write(draw, output / _file_name(name), forms)]
    if not written:
        raise EmobenchError("there is nothing to draw", where=cell or str(runs), remedy="see what emobench show says")
    for file in written:
        click.echo(file)
    return 0


def _file_name(text: str) -> str:
    """Return a name that every file system takes."""
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in text)


def _of_cells(cells: Sequence[Located], kinds: Sequence[str]) -> Iterator[tuple[str, Draw]]:
    for folder, record in cells:
        drawings = _of_cell(folder, record)
        for kind in kinds:
            if kind in drawings:
                yield f"{record.cell.experiment}-{record.cell.id}-{kind}", drawings[kind]


def _of_cell(folder: Path, record: Record) -> dict[str, Draw]:
    """Return the figures of a cell that there is something to draw for."""
    from emobench import figures
    from emobench.boards import count

    drawings: dict[str, Draw] = {}
    if record.history:
        drawings["training"] = partial(figures.training, record, _title(record))
    scores: Scores | None = record.scores.get(record.cell.headline)
    if record.status == "finished" and scores is not None:
        title = _title(record, f", {record.cell.headline}, n {count(scores.n)}")
        drawings["confusion"] = partial(figures.confusion, scores, title)
        drawings["classes"] = partial(figures.classes, scores, title)
        drawings["reliability"] = partial(_reliability, record, folder, title)
    return drawings


def _reliability(record: Record, folder: Path, title: str) -> Figure:
    from emobench import figures
    from emobench.records import of_part, read_predictions
    from emobench.scoring import arrays, reliability

    table = read_predictions(folder / "predictions.parquet")
    part = of_part(table, record.cell.headline, record.cell.identity.test_parts)
    return figures.reliability(reliability(*arrays(part, record.cell.identity.classes)), title)


def _title(record: Record, on: str = "") -> str:
    """Return what a figure is of; training is not on the part that is scored, so that its figure names none."""
    cell = record.cell
    made_up = "SYNTHETIC, no result: " if cell.provenance == "synthetic" else ""
    leaky = ", leaky split" if cell.leaky else ""
    return f"{made_up}{cell.experiment}, {cell.identity.dataset} ({cell.provenance}{leaky}){on}\n{cell.id}"


def _of_board(located: Sequence[Located]) -> Iterator[tuple[str, Draw]]:
    from emobench import figures, publishing
    from emobench.boards import build_board
    from emobench.plugins import installed_plugins

    board = build_board(
        [record for _, record in located],
        predictions=publishing.predictions_of(located),
        metrics=installed_plugins().metrics,
    )
    for task in board.tasks:
        if any(row.headline for row in task.rows):
            name = f"{task.dataset}-{task.protocol.name}-{task.id}-intervals"
            yield name, partial(figures.intervals, task, _task_title(task))


def _task_title(task: BoardTask) -> str:
    from emobench.boards import count

    made_up = "SYNTHETIC, no results: " if task.provenance == "synthetic" else ""
    leaky = ", leaky" if task.leaky else ""
    scored = sorted({row.headline.n for row in task.rows if row.headline})
    n = " to ".join(map(count, dict.fromkeys([scored[0], scored[-1]])))
    return f"{made_up}{task.dataset} ({task.provenance}), {task.protocol.name} split{leaky}, {task.headline}, n {n}"
