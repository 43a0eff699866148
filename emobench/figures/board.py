"""The figures of a board: the rows of a task, what leaky splits add, and what papers print beside what was measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from emobench.boards import (
    FEWEST_RANKED,
    NONE,
    Board,
    BoardTask,
    PairedResult,
    PublishedScore,
    Row,
    count,
    is_share,
    short,
    times,
    unit,
)
from emobench.figures.style import BLUE, GRAY, ORANGE, per_cent, points, rows_figure, scale
from emobench.records import ACCURACY, Record, constant_prediction, metric_title
from emobench.scoring import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Names = Mapping[str, str]
"""Cell id to what people call the row, see :meth:`emobench.boards.Titles.rows`."""
WIDTH = 8.5


def intervals(task: BoardTask, names: Names, title: str, width: float = WIDTH) -> Figure:
    """Return the rows of a task with their intervals, tiers apart, chance, and what papers print; shares from 0 to 100%.

    Args:
        task: of a board.
        names: of its rows.
        title: of the figure; empty for none.
        width: in inches.
    """
    found = [
        (row, row.headline.metrics[task.ranked_by])
        for row in task.rows
        if row.headline and task.ranked_by in row.headline.metrics
    ]
    rows = [row for row, _ in found]
    ranked = [f"{f'{row.rank}.' if row.rank else NONE}  {names[row.cell.id]}" for row in rows]
    chance = task.chance_of(task.ranked_by)
    printed = any(score.metric == task.ranked_by for row in rows for score in row.published)
    marks = ["bar: 95% interval", "line between rows: another tier"]
    marks += ["dotted: chance"] * (chance is not None) + ["diamond: as printed"] * printed
    drawn = rows_figure(width, ranked, title, marks)
    axes = drawn.axes
    for place, (height, (row, value)) in enumerate(zip(drawn.middles, found, strict=True)):
        _measured(axes, height, task.ranked_by, value, task.intervals(row).get(task.ranked_by))
        for score in row.published:
            if score.metric == task.ranked_by:
                _paper(axes, height, score.published)
        if place and row.rank != rows[place - 1].rank:
            axes.axhline(drawn.tops[place], color="0.55", linewidth=0.8)
    if chance is not None:
        axes.axvline(chance, color=GRAY, linestyle=":", linewidth=1.2)
    _axis(axes, [task.ranked_by], f"{metric_title(task.ranked_by, task.metrics)} on {task.headline}")
    return drawn.figure


def dumbbell(board: Board, names: Names, title: str, width: float = WIDTH) -> Figure:
    """Return every leakage premium of a board: a leaky split joined with people apart, the largest premium on top.

    Where both were tested on the same samples, the score with people apart is that on these samples, and the premium has
    an interval; otherwise the circle is hollow, and is the score on other samples.

    Args:
        board: with premiums.
        names: of the leaky rows, with their datasets.
        title: of the figure; empty for none.
        width: in inches.
    """
    measured = [pair for pair in board.premiums if pair.change is not None]
    shown = sorted(measured, key=lambda pair: (not is_share(pair.metric), -pair.gain))
    records, shares = [pair.record for pair in shown], all(is_share(pair.metric) for pair in shown)
    marks = [
        "square: leaky split, with its 95% interval",
        "circle: people apart, on the same samples; the line at it: square minus the 95% interval of the difference",
        "hollow circle: people apart, on other samples; the line at it: 95% interval of the score",
        "right: premium in points" if shares else "right: premium",
        *_of_rows(records),
    ]
    drawn = rows_figure(width, [_label(record, names) for record in records], title, marks)
    axes = drawn.axes
    tasks = {row.cell.id: task for task in board.tasks for row in task.rows}
    for height, pair in zip(drawn.middles, shown, strict=True):
        cell = pair.record.cell
        _pair(axes, height, pair, board.intervals.get(cell.id, {}).get(cell.ranked_by))
        if cell.id in tasks:
            _chance(axes, height, tasks[cell.id], cell.ranked_by)
        _at_the_right(axes, height, _premium(pair), shares=shares)
    _axis(axes, [pair.metric for pair in shown], _titles(pair.metric for pair in shown))
    return drawn.figure


def published(board: Board, names: Names, title: str, width: float = WIDTH) -> Figure:
    """Return what papers print beside what was measured, with intervals: accuracy, or what they print first.

    Rows of fewer than 30 samples are left out, and their number is said.

    Args:
        board: with published numbers.
        names: of the rows, with their datasets.
        title: of the figure; empty for none.
        width: in inches.
    """
    found = compared(board)
    shares = all(is_share(score.metric) for *_, score in found)
    few = sum(bool(row.published) for task in board.tasks for row in task.rows) - len(found)
    marks = [
        "diamond: as printed",
        "circle: measured, with its 95% interval",
        "right: difference in points" if shares else "right: difference",
        *_of_rows([row.record for _, row, _ in found]),
        *([f"{count(few)} with fewer than {FEWEST_RANKED} samples left out"] if few else []),
    ]
    labels = [_label(row.record, names) + _metric(score) for _, row, score in found]
    drawn = rows_figure(width, labels, title, marks)
    axes = drawn.axes
    for height, (task, row, score) in zip(drawn.middles, found, strict=True):
        if score.measured is not None:
            axes.plot([score.published, score.measured], [height, height], color="0.8", linewidth=scale(), zorder=0)
            _ends(axes, height, task.intervals(row).get(score.metric), BLUE)
            _dot(axes, height, score.measured, BLUE)
        _paper(axes, height, score.published)
        _chance(axes, height, task, score.metric)
        said = "failed" if score.difference is None else _change(score.metric, score.difference)
        _at_the_right(axes, height, said + _one_class(row.record), shares=shares)
    _axis(axes, [score.metric for *_, score in found], _titles(score.metric for *_, score in found))
    return drawn.figure


def compared(board: Board) -> list[tuple[BoardTask, Row, PublishedScore]]:
    """Return the rows of :func:`published` in order, each with the number that it is drawn with."""
    rows = [(task, row) for task in board.tasks for row in task.rows if row.published]
    enough = [(task, row) for task, row in rows if row.headline is None or row.headline.n >= FEWEST_RANKED]
    return [
        (task, row, next((score for score in row.published if score.metric == ACCURACY), row.published[0]))
        for task, row in enough
    ]


# ------------------------------------------------------------------------------------------------------- pieces


LEVELS = {"official": "", "unverified": "\u2020", "stand-in": "\u2021", "synthetic": "\u00a7"}
"""The marks of provenance levels after names."""


def _label(record: Record, names: Names) -> str:
    return names[record.cell.id] + LEVELS[record.cell.provenance]


def _of_rows(records: Iterable[Record]) -> list[str]:
    """Return what the marks of rows mean, as far as there are any."""
    shown = list(records)
    levels = {record.cell.provenance for record in shown}
    marks = ["one class: predicted of every sample"] if any(map(constant_prediction, shown)) else []
    marks += ["dotted: chance"]
    return marks + [f"{mark}: {level} data" for level, mark in LEVELS.items() if mark and level in levels]


def _axis(axes: Axes, metrics: Collection[str], title: str) -> None:
    """Give axes a scale: from 0 to 100% where all scores are shares, else one that holds what is drawn."""
    if all(map(is_share, metrics)):
        per_cent(axes, title)
        return
    units = {unit(metric) for metric in metrics if not is_share(metric)} - {""}
    axes.set_xlabel(f"{title}, {units.pop()}" if len(units) == len(set(metrics)) == 1 else title)
    axes.margins(x=0.08)
    axes.grid(axis="x", color="0.88", linewidth=0.8)


def _measured(axes: Axes, height: float, metric: str, value: float, interval: Interval | None) -> None:
    if interval is not None and interval.ends:
        axes.plot(interval.ends, [height, height], color=BLUE, linewidth=5 * scale(), alpha=0.4, solid_capstyle="butt")
    axes.plot([value], [height], "|", color="black", markersize=12 * scale(), markeredgewidth=1.8 * scale())
    known = interval is None or interval.known
    said = short(metric, value) if known else f"{short(metric, value)}, interval unknown"
    offset = (0, 7.5 * scale())
    axes.annotate(said, (value, height), offset, textcoords="offset points", ha="center", fontsize=points(7.5))


def _pair(axes: Axes, height: float, pair: PairedResult, interval: Interval | None) -> None:
    assert pair.value is not None
    assert pair.other_value is not None
    apart, ends = pair.other_value, pair.interval.ends if pair.interval else None
    same = pair.difference is not None and pair.n == pair.record.scores[pair.record.cell.headline].n
    if pair.difference is not None and same:
        apart, known = pair.other_on_same or 0.0, pair.difference.interval.ends
        ends = (pair.value - known[1], pair.value - known[0]) if known else None
    axes.plot([apart, pair.value], [height, height], color="0.75", linewidth=2.5 * scale(), zorder=1)
    _ends(axes, height + 0.45, interval, ORANGE)
    _line(axes, height - 0.45, ends, BLUE)
    _dot(axes, height, apart, BLUE, filled=same)
    _dot(axes, height, pair.value, ORANGE, "s", filled=False)


def _ends(axes: Axes, height: float, interval: Interval | None, colour: str) -> None:
    if interval is not None:
        _line(axes, height, interval.ends, colour)


def _line(axes: Axes, height: float, ends: tuple[float, float] | None, colour: str) -> None:
    if ends is not None:
        axes.plot(ends, [height, height], color=colour, linewidth=1.4 * scale(), alpha=0.7)


def _dot(axes: Axes, height: float, value: float, colour: str, mark: str = "o", *, filled: bool = True) -> None:
    inside = colour if filled else "none"
    size = 6 * scale() if mark == "o" else 8.5 * scale()  # so that neither hides the other
    axes.plot([value], [height], mark, color=colour, markerfacecolor=inside, markersize=size, clip_on=False)


def _paper(axes: Axes, height: float, value: float) -> None:
    size = 6 * scale()
    axes.plot([value], [height], "D", color=ORANGE, markerfacecolor="white", markersize=size, clip_on=False)


def _chance(axes: Axes, height: float, task: BoardTask, metric: str) -> None:
    chance = task.chance_of(metric)
    if chance is not None:
        axes.plot([chance, chance], [height - 0.9, height + 0.9], color=GRAY, linestyle=":", linewidth=1.2)


def _at_the_right(axes: Axes, height: float, text: str, *, shares: bool) -> None:
    # The right end: 100%, or that of the axes, whose scale is not known before all is drawn.
    where: Any = "data" if shares else axes.get_yaxis_transform()
    offset = (9 * scale(), 0)
    small = points(8)
    axes.annotate(
        text,
        (1, height),
        offset,
        xycoords=where,
        textcoords="offset points",
        va="center",
        fontsize=small,
        annotation_clip=False,
    )


def _premium(pair: PairedResult) -> str:
    said = _change(pair.metric, pair.change or 0)
    ends = pair.difference.interval.ends if pair.difference else None
    if ends:
        said += f" [{_change(pair.metric, ends[0])}, {_change(pair.metric, ends[1])}]"
    return said + _one_class(pair.record)


def _one_class(record: Record) -> str:
    return ", one class" if constant_prediction(record) else ""


def _change(metric: str, value: float) -> str:
    """Return a difference with its sign: of shares in points, without the word."""
    places = 1 if is_share(metric) else 3
    return f"{round(times(metric) * value, places) + 0.0:+.{places}f}".replace("-", "\u2212")


def _metric(score: PublishedScore) -> str:
    return "" if score.metric == ACCURACY else f", {metric_title(score.metric)}"


def _titles(metrics: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(map(metric_title, metrics)))
