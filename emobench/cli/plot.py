"""``emobench plot``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.boards import count
from emobench.cli._cells import matching
from emobench.cli._options import Choice, UserPath, runs_option
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from emobench.boards import BoardTask
    from emobench.publishing import Located
    from emobench.records import Record

OF_CELL = ("confusion", "classes", "reliability", "training")

Drawing = tuple[str, "Callable[[], Figure]"]
"""The name of a file without its ending, and what draws it."""


@click.command(short_help="Draw figures as PNG and SVG.")
@click.argument("cell", required=False)
@click.option("--board", is_flag=True, help="The rows of every task with their intervals, instead of one cell.")
@runs_option("Folder with runs or boards.")
@click.option("--kind", "kinds", type=Choice(OF_CELL), multiple=True, help="Only this figure of a cell; repeatable.")
@click.option(
    "--format",
    "forms",
    type=Choice(["png", "svg"]),
    multiple=True,
    default=["png", "svg"],
    show_default=True,
    help="Of the files; repeatable.",
)
@click.option("--output", type=UserPath(), default=Path("figures"), show_default=True, help="Folder for the files.")
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
    if cell:
        drawings = _of_cell(cell, runs, kinds)
    else:
        located = publishing.rescored(runs, installed_plugins())
        if not located:
            raise no_records(runs)
        drawings = _of_board(located)
    written = [file for name, draw in drawings for file in figures.write(draw, output / name, forms)]
    if not written:
        raise EmobenchError("there is nothing to draw", where=cell or str(runs), remedy="see what emobench show says")
    for file in written:
        click.echo(file)
    return 0


# ------------------------------------------------------------------------------------------------------- a cell


def _of_cell(name: str, runs: Path, kinds: Sequence[str]) -> Iterator[Drawing]:
    from emobench.plugins import installed_plugins
    from emobench.publishing import rescored
    from emobench.records import read_records

    chosen = {record.cell.id for record in matching(name, read_records(runs), runs)}
    for folder, record in rescored(runs, installed_plugins()):
        if record.cell.id in chosen:
            for kind in kinds or OF_CELL:
                draw = _drawing(kind, record, folder)
                if draw is not None:
                    yield f"{_file_name(record.cell.experiment)}-{record.cell.id}-{kind}", draw


def _drawing(kind: str, record: Record, folder: Path) -> Callable[[], Figure] | None:
    """Return what draws a figure of a cell; ``None`` where the cell has nothing to draw."""
    from emobench import figures

    scores = record.scores.get(record.cell.headline) if record.status == "finished" else None
    if kind == "training":
        return partial(figures.training, record, _title(record)) if record.history else None
    if scores is None:
        return None
    title = _title(record, f"{record.cell.headline}, n {count(scores.n)}")
    if kind == "reliability":
        return partial(_reliability, record, folder, title)
    return partial({"confusion": figures.confusion, "classes": figures.classes}[kind], scores, title)


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
    of = ", ".join(filter(None, [f"{cell.experiment}, {cell.identity.dataset} ({cell.provenance}{leaky})", on]))
    return f"{made_up}{of}\n{cell.id}"


# ------------------------------------------------------------------------------------------------------ a board


def _of_board(located: Sequence[Located]) -> Iterator[Drawing]:
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
            name = _file_name(f"{task.dataset}-{task.protocol.name}-{task.id}-intervals")
            yield name, partial(figures.intervals, task, _task_title(task))


def _task_title(task: BoardTask) -> str:
    made_up = "SYNTHETIC, no results: " if task.provenance == "synthetic" else ""
    leaky = ", leaky" if task.leaky else ""
    scored = sorted({row.headline.n for row in task.rows if row.headline})
    n = count(scored[0]) if len(scored) == 1 else f"{count(scored[0])} to {count(scored[-1])}"
    return f"{made_up}{task.dataset} ({task.provenance}), {task.protocol.name} split{leaky}, {task.headline}, n {n}"


def _file_name(text: str) -> str:
    """Return a name that every file system takes."""
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in text)
