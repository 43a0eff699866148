"""``emobench plot``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from emobench.cli._cells import named
from emobench.cli._options import Choice, UserPath, runs_option, task_option
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from emobench.boards import BoardTask, Titles
    from emobench.plugins import Registry
    from emobench.publishing import Located
    from emobench.records import Record, Scores

    Draw = Callable[..., Figure]
    """With ``title`` and ``width`` left to be given."""

OF_CELL = ("confusion", "classes", "reliability", "scatter", "training")
OF_BOARD = ("intervals", "dumbbell", "published")
NARROWEST, BROADEST = 2.5, 20.0
SYNTHETIC = "SYNTHETIC, no results"


class Drawing(NamedTuple):
    """A figure to be drawn: a name for its file, its title, whether it is of made-up data, and what draws it."""

    name: str
    title: str
    synthetic: bool
    draw: Draw


class Inches(click.FloatRange):
    """A width that a figure can have."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the width; not a number is in no range."""
        inches: float = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is no width", param, ctx) if math.isnan(inches) else inches


@click.command(short_help="Draw figures as PDF, SVG and PNG.")
@click.argument("cell", required=False)
@click.option("--board", is_flag=True, help="Every figure of a board instead of those of one cell.")
@runs_option(help="Folder with runs or boards.")
@click.option(
    "--kind",
    "kinds",
    type=Choice([*OF_CELL, *OF_BOARD]),
    multiple=True,
    metavar="KIND",
    help=f"Only this figure: of a cell {', '.join(OF_CELL)}, of a board {', '.join(OF_BOARD)}; repeatable.",
)
@task_option(help="Of a board, only tasks whose dataset, heading or id matches; repeatable.")
@click.option(
    "--format",
    "forms",
    type=Choice(["pdf", "svg", "png"]),
    multiple=True,
    default=["png", "svg"],
    help="Of the files; a PNG has 300 dots an inch; repeatable.",
)
@click.option(
    "--width",
    type=Inches(NARROWEST, BROADEST),
    metavar="INCHES",
    help="For a paper: as wide as its column, with texts of 6 to 9 points in a font like Times.",
)
@click.option("--no-title", is_flag=True, help="Leave it to the caption; a synthetic figure still says so.")
@click.option("--output", type=UserPath(), default=Path("figures"), help="Folder for the files.")
def plot(
    cell: str | None,
    board: bool,
    runs: Path,
    kinds: tuple[str, ...],
    tasks: tuple[str, ...],
    forms: tuple[str, ...],
    width: float | None,
    no_title: bool,
    output: Path,
) -> int:
    """Draw figures for a paper or for slides: CELL is an experiment's name, or the beginning of a cell's id.

    Of a board: intervals (the rows of each task), dumbbell (a leaky split beside people apart) and published (what papers
    print beside what was measured). Needs matplotlib: pip install 'emobench[plot]'.

    \b
    emobench plot a.table2.mlp
    emobench plot 3f2a --kind confusion --format pdf --width 3.5
    emobench plot --board --runs leaderboards --output figures
    emobench plot --kind dumbbell --runs leaderboards --width 3.5
    """
    from emobench import figures, publishing
    from emobench.plugins import installed_plugins
    from emobench.records import no_records

    _check(cell, board, kinds, tasks)
    plugins = installed_plugins()
    located = publishing.rescored(runs, plugins)
    if not cell and not located:
        raise no_records(runs)
    if cell:
        drawings = _of_cells(named(cell, located, runs), kinds or OF_CELL, plugins)
    else:
        drawings = _of_board(located, runs, kinds or OF_BOARD, tasks, plugins)
    size: dict[str, Any] = {"width": width} if width else {}
    written = []
    for drawing in drawings:
        title = ": ".join([SYNTHETIC] * drawing.synthetic + [drawing.title] * (not no_title))
        figure = partial(drawing.draw, title=title, **size)
        written += figures.write(figure, output / _file_name(drawing.name), forms, paper=width is not None)
    if not written:
        raise EmobenchError("there is nothing to draw", where=cell or str(runs), remedy="see what emobench show says")
    for file in written:
        click.echo(file)
    return 0


def _check(cell: str | None, board: bool, kinds: Sequence[str], tasks: Sequence[str]) -> None:
    of_board = board or (not cell and bool(kinds) and set(kinds) <= set(OF_BOARD))
    if bool(cell) == of_board:
        remedy = "emobench plot CELL, emobench plot --board, or emobench plot --kind dumbbell"
        raise EmobenchError("either a cell or a board is drawn", remedy=remedy)
    wrong = [kind for kind in kinds if kind not in (OF_CELL if cell else OF_BOARD)]
    if wrong:
        there = ", ".join(OF_CELL if cell else OF_BOARD)
        raise EmobenchError(f"{wrong[0]} is no figure of a {'cell' if cell else 'board'}", remedy=f"choose of {there}")
    if cell and tasks:
        raise EmobenchError("tasks are chosen of a board", where="--task", remedy="leave it out with a cell")


def _file_name(text: str) -> str:
    """Return a name that every file system takes."""
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in text)


def _of_cells(cells: Sequence[Located], kinds: Sequence[str], plugins: Registry) -> Iterator[Drawing]:
    from emobench.boards import Titles

    titles = Titles.of(plugins)
    for folder, record in cells:
        drawings = _of_cell(folder, record)
        for kind in kinds:
            if kind in drawings:
                # Training is not on the part that is scored, so that its figure names none.
                title = _title(record, titles, scored=kind != "training")
                name = f"{record.cell.experiment}-{record.cell.id}-{kind}"
                yield Drawing(name, title, record.cell.provenance == "synthetic", drawings[kind])


def _of_cell(folder: Path, record: Record) -> dict[str, Draw]:
    """Return the figures of a cell that there is something to draw for."""
    from emobench import figures

    drawings: dict[str, Draw] = {}
    if record.history:
        drawings["training"] = partial(figures.training, record)
    scores: Scores | None = record.scores.get(record.cell.headline)
    if record.status == "finished" and scores is not None:
        if record.cell.identity.kind == "values":
            return drawings | {"scatter": partial(_scatter, record, folder, scores)}
        drawings["confusion"] = partial(figures.confusion, scores)
        drawings["classes"] = partial(figures.classes, scores)
        drawings["reliability"] = partial(_reliability, record, folder)
    return drawings


def _headline(record: Record, folder: Path) -> pd.DataFrame:
    from emobench.records import of_part, read_predictions

    table = read_predictions(folder / "predictions.parquet")
    return of_part(table, record.cell.headline, record.cell.identity.test_parts)


def _reliability(record: Record, folder: Path, **how: Any) -> Figure:
    from emobench import figures
    from emobench.scoring import arrays, reliability

    part = _headline(record, folder)
    return figures.reliability(reliability(*arrays(part, record.cell.identity.classes)), **how)


def _scatter(record: Record, folder: Path, scores: Scores, **how: Any) -> Figure:
    from emobench import figures
    from emobench.scoring import outcomes

    target = record.cell.identity.target
    found = outcomes(_headline(record, folder), record.cell.identity.classes)
    assert target is not None
    assert found.numbers is not None
    return figures.scatter(found.numbers, found.predicted, target, scores, **how)


def _title(record: Record, titles: Titles, *, scored: bool) -> str:
    from emobench.boards import count

    cell = record.cell
    leaky = ", leaky split" if cell.leaky else ""
    scores = record.scores.get(cell.headline)
    on = f", {cell.headline}, n {count(scores.n)}" if scored and scores else ""
    dataset = titles.dataset(cell.identity.dataset)
    return f"{titles.model(record)}, {dataset} ({cell.provenance}{leaky}){on}"


def _of_board(
    located: Sequence[Located], runs: Path, kinds: Sequence[str], tasks: Sequence[str], plugins: Registry
) -> Iterator[Drawing]:
    from emobench import figures, publishing
    from emobench.boards import with_tasks

    board = with_tasks(publishing.board_of(located, [runs], plugins), tasks)
    for task in board.tasks if "intervals" in kinds else ():
        if any(row.headline for row in task.rows):
            names = board.titles.rows(row.record for row in task.rows)
            name = f"{task.dataset}-{task.protocol.name}-{task.id}-intervals"
            draw = partial(figures.intervals, task, names)
            yield Drawing(name, _task_title(task, board.titles), task.provenance == "synthetic", draw)
    pairs = [pair.record for pair in board.premiums if pair.change is not None]
    if "dumbbell" in kinds and pairs:
        draw = partial(figures.dumbbell, board, board.titles.rows(pairs, with_dataset=True))
        made_up = any(task.provenance == "synthetic" for task in board.tasks)
        yield Drawing("dumbbell", "A leaky split beside people apart", made_up, draw)
    printed = [row.record for _, row, _ in figures.compared(board)]
    if "published" in kinds and printed:
        draw = partial(figures.published, board, board.titles.rows(printed, with_dataset=True))
        # Nothing is published of synthetic rows.
        yield Drawing("published", "Published beside measured", synthetic=False, draw=draw)


def _task_title(task: BoardTask, titles: Titles) -> str:
    from emobench.boards import samples_in_words

    leaky = ", leaky" if task.leaky else ""
    n = samples_in_words(task)
    dataset = titles.dataset(task.dataset)
    return f"{dataset} ({task.provenance}), {task.protocol.name} split{leaky}, {task.headline}, n {n}"
