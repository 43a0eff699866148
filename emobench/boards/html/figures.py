"""Figures of a board as inline SVG: scores across corpora, scores with and without a leak, and scores against size.

Drawn 360 units wide, so that their texts can be read on a phone. All numbers in them are in tables of the page as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from emobench.boards.board import Board, BoardTask, Row
from emobench.boards.overview import Score, TaskLine, learnt_nothing, model_of, score_of
from emobench.boards.paired_results import PairedResult
from emobench.boards.text import cut, percent, plain
from emobench.boards.units import goodness, higher_is_better, is_share, short
from emobench.records import metric_title

WIDTH = 360
NAME = 15
"""Characters of a name that stands beside an axis."""
ROOM = 64
"""Width of a field of a matrix that has room for an interval."""
FEWEST_POINTS = 3
STEP = 54
"""Height of a line of the dumbbell."""


@dataclass(frozen=True)
class Figure:
    """A figure with its heading, what it shows in a sentence, and its SVG."""

    title: str
    words: str
    svg: str


def figures(board: Board, lines: Mapping[str, TaskLine]) -> list[Figure]:
    """Return the figures of a whole board; those that it has nothing for are left out."""
    return [*_matrices(board, lines), *_dumbbell(board)]


def _text(x: float, y: float, text: str, anchor: str = "middle", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.4g}" y="{y:.4g}" text-anchor="{anchor}"{named}>{escape(text)}</text>'


def _link(href: str, *drawn: str, said: str = "") -> str:
    """Return a link; ``said`` has to begin or end with the texts that are drawn."""
    label = f' aria-label="{escape(said)}"' if said else ""
    return f'<a href="#{escape(href)}"{label}>{" ".join(drawn)}</a>'


def _svg(height: float, said: str, drawn: Iterable[str]) -> str:
    box = f'viewBox="0 0 {WIDTH} {height:.4g}"'
    return f'<svg class="figure" {box} role="group" aria-label="{escape(said)}">{"".join(drawn)}</svg>'


# ---------------------------------------------------------------------------------------------- across corpora


class _Crossing(NamedTuple):
    """What rows of a matrix must have in common: they are scores of one metric over the same classes."""

    labels: str
    classes: tuple[str, ...]
    metric: str


def _matrices(board: Board, lines: Mapping[str, TaskLine]) -> Iterator[Figure]:
    """Yield a matrix for each label map with tasks that are trained on one corpus and tested on another one."""
    found: dict[_Crossing, dict[tuple[str, str], BoardTask]] = {}
    for task in board.tasks:
        if crossed := _crossed(task):
            found.setdefault(_Crossing(task.labels, task.classes, task.ranked_by), {})[crossed] = task
    for common, tasks in found.items():
        names = sorted({name for crossed in tasks for name in crossed})
        within = {
            (task.dataset, task.dataset): task
            for task in reversed(board.tasks)
            if task.dataset in names
            and task.people == "apart"
            and common == (task.labels, task.classes, task.ranked_by)
        }
        sign = " in %" if is_share(common.metric) else ""
        title = f"Across corpora: {metric_title(common.metric)}{sign}"
        words = "Best model of each task. Across: tested on; down: trained on; framed: within one corpus, people apart."
        yield Figure(title, words, _matrix(board, lines, names, within | tasks))


def _crossed(task: BoardTask) -> tuple[str, str] | None:
    """Return on which corpus a task is trained and on which other one tested, if its rule says that."""
    match task.protocol.parameters:
        case {"train": [str(train)], "test": [str(test)]} if train != test:
            return train, test
    return None


def _matrix(
    board: Board, lines: Mapping[str, TaskLine], names: list[str], tasks: Mapping[tuple[str, str], BoardTask]
) -> str:
    left, top, high = 100.0, 24.0, 44.0
    wide = (WIDTH - left) / len(names)
    drawn = [_text(left + (at + 0.5) * wide, 15, _short(board, name, int(wide / 6.5))) for at, name in enumerate(names)]
    for down, train in enumerate(names):
        drawn.append(_text(0, top + (down + 0.58) * high, _short(board, train), "start"))
        for across, test in enumerate(names):
            x, y = left + across * wide, top + down * high
            task = tasks.get((train, test))
            if task is None or (score := _best(board, task, lines[task.id])) is None:
                drawn.append(_text(x + wide / 2, y + high / 2 + 4, "–"))
                continue
            kind = "heat hit" if train == test else "heat"
            box = f'<rect class="{kind}" style="--h:{_heat(score):.0f}" x="{x + 1:.4g}" y="{y + 1:.4g}" '
            box += f'width="{wide - 2:.4g}" height="{high - 2:.4g}"/>'
            texts = [short(score.metric, score.value)]
            if wide >= ROOM and score.low is not None:
                texts.append(f"{short(score.metric, score.low)}–{short(score.metric, score.high)}")
            written = [_text(x + wide / 2, y + high / 2 + (4, -2)[len(texts) - 1], texts[0], kind="value")]
            written += [_text(x + wide / 2, y + high / 2 + 13, text, kind="minor") for text in texts[1:]]
            said = f"trained on {train}, tested on {test}: {' '.join(texts)}"
            drawn.append(_link(f"task-{task.id}", box, *written, said=said))
    return _svg(top + high * len(names), "Scores by the corpus of training and of test", drawn)


def _heat(score: Score) -> float:
    """Return how strong the colour of a field is, in [0, 75]; none where no share or correlation says how good is good."""
    good = higher_is_better(score.metric)
    return 75 * max(0.0, score.value) if good else 0.0


def _short(board: Board, name: str, limit: int = NAME) -> str:
    return cut(min((board.titles.dataset(name), name), key=lambda each: len(each) > limit), limit)


def _best(board: Board, task: BoardTask, line: TaskLine) -> Score | None:
    row = next((row for row in task.rows if line.best and row.cell.id == line.best.cell), None)
    return score_of(task, row, task.ranked_by) if row else None


# ------------------------------------------------------------------------------------------------ with a leak


def _dumbbell(board: Board) -> Iterator[Figure]:
    """Yield the leakage premiums of models that learnt, if there are any."""
    pairs = [pair for pair in board.premiums if pair.points is not None and not learnt_nothing(pair)]
    if not pairs:
        return
    words = "Filled: people on both sides of the split; hollow: the same with people apart, in % from 0 to 100."
    apart = board.titles.apart(pair.record for pair in pairs)
    foot, rows = STEP * len(pairs), {row.cell.id for task in board.tasks for row in task.rows}
    drawn = []
    for at, anchor in ((0.0, "start"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1.0, "end")):
        drawn.append(f'<line class="grid-line" x1="{_x(at):.4g}" x2="{_x(at):.4g}" y1="0" y2="{foot}"/>')
        drawn.append(_text(_x(at), foot + 15, percent(at, 0), anchor))
    for place, pair in enumerate(pairs):
        cell = pair.record.cell
        told = board.titles.dataset(cell.identity.dataset)
        told += f" ({plain(apart[cell.id])})" if apart[cell.id] else ""
        shown = _of_pair(pair, board.titles.model(pair.record) or cell.experiment, told, STEP * place)
        drawn.append(_link(f"cell-{cell.id}", *shown) if cell.id in rows else "".join(shown))
    svg = _svg(foot + 22, "Scores with and without people on both sides of the split", drawn)
    yield Figure("What a leaky split adds", words, svg)


def _x(share: float) -> float:
    return 8 + share * (WIDTH - 16)


def _of_pair(pair: PairedResult, name: str, told: str, top: float) -> tuple[str, ...]:
    """Return the line of a pair; ``told``: on which data, and what tells it from others of its name."""
    leaky, apart = pair.value or 0.0, pair.other_on_same or 0.0
    numbers = f"{metric_title(pair.record.cell.ranked_by)} {percent(leaky)} → {percent(apart)}"
    (a, b), y = sorted((_x(leaky), _x(apart))), top + 39
    return (
        _text(0, top + 14, cut(name, 36), "start"),
        _text(0, top + 27, cut(told, 66), "start", "minor"),
        _text(WIDTH, top + 14, numbers, "end", "value"),
        f'<line class="between" x1="{a:.4g}" x2="{b:.4g}" y1="{y}" y2="{y}"/>',
        f'<circle class="leaky" cx="{_x(leaky):.4g}" cy="{y}" r="5"/>',
        f'<circle class="apart" cx="{_x(apart):.4g}" cy="{y}" r="5"/>',
    )


# ------------------------------------------------------------------------------------------------ against size


_LEFT, _RIGHT, _TOP, _FOOT = 34, WIDTH - 10, 14, 196
"""Where the scatter lies."""


class _Point(NamedTuple):
    cost: float
    score: float
    row: Row


def cost(board: Board, task: BoardTask, line: TaskLine) -> Figure | None:
    """Return the scores of a task against the number of fitted parameters; ``None`` with fewer than three sizes."""
    points = [
        _Point(math.log10(row.record.parameters), score.value, row)
        for row in task.rows
        if row.record.parameters and (score := score_of(task, row, line.metric))
    ]
    if len({point.cost for point in points}) < FEWEST_POINTS:
        return None
    best = _frontier(points, line.metric)
    better = "more" if higher_is_better(line.metric) else "less"
    words = f"Filled and named: no smaller model scores {better}. "
    words += "Fusions and whatever has no number of parameters are left out."
    svg = _scatter(board, points, best, line)
    sign = " in %" if is_share(line.metric) else ""
    return Figure(f"{metric_title(line.metric)}{sign} against fitted parameters", words, svg)


def _frontier(points: Iterable[_Point], metric: str) -> list[_Point]:
    """Return the points that no other one of at most their cost reaches, from the cheapest."""
    best: list[_Point] = []
    for point in sorted(points, key=lambda each: (each.cost, -goodness(metric, each.score), each.row.cell.id)):
        if not best or goodness(metric, point.score) > goodness(metric, best[-1].score):
            best.append(point)
    return best


@dataclass(frozen=True)
class _Axes:
    """Where a point of the scatter is drawn: costs are powers of ten, scores of a metric have marks a step apart."""

    low: int
    high: int
    least: float
    most: float
    metric: str
    step: float = 0.1

    @classmethod
    def around(cls, points: Iterable[_Point], chance: float | None, metric: str) -> _Axes:
        costs, scores = zip(*((point.cost, point.score) for point in points), strict=True)
        known = [*scores, *([chance] if chance is not None else [])]
        low = math.floor(min(costs))
        high = max(low + 1, math.ceil(max(costs)))
        if not is_share(metric):
            step = _step(max(known) - min(known))
            least = math.floor(min(known) / step) * step
            return cls(low, high, least, max(math.ceil(max(known) / step + 0.5) * step, least + step), metric, step)
        least = math.floor(min(known) * 10) / 10
        most = min(1.0, math.ceil(max(known) * 10 + 0.5) / 10)
        return cls(low, high, least, max(most, least + 0.1), metric)

    def x(self, cost: float) -> float:
        return _LEFT + (cost - self.low) / (self.high - self.low) * (_RIGHT - _LEFT)

    def y(self, score: float) -> float:
        return _FOOT - (score - self.least) / (self.most - self.least) * (_FOOT - _TOP)

    def drawn(self, chance: float | None) -> Iterator[str]:
        steps = range(round(self.least / self.step), round(self.most / self.step) + 1)
        for mark in steps if len(steps) < 7 else steps[::2]:
            y = self.y(mark / 10 if is_share(self.metric) else mark * self.step)
            yield f'<line class="grid-line" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.4g}" y2="{y:.4g}"/>'
            said = percent(mark / 10, 0) if is_share(self.metric) else f"{mark * self.step:.4g}"
            yield _text(_LEFT - 5, y + 4, said, "end")
        if chance is not None:
            y = self.y(chance)
            yield f'<line class="ideal" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.4g}" y2="{y:.4g}"/>'
            yield _text(_RIGHT, y - 4, "chance", "end", "minor")
        for power in range(self.low, self.high + 1):
            yield _text(self.x(power), _FOOT + 16, _power(power), "end" if power == self.high else "middle")
        yield _text((_LEFT + _RIGHT) / 2, _FOOT + 32, "fitted parameters")


def _step(span: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, of which a span has about five."""
    power = 10.0 ** math.floor(math.log10(span / 5)) if span > 0 else 0.1
    return next(times * power for times in (1, 2, 5, 10) if times * power >= span / 5)


def _scatter(board: Board, points: list[_Point], best: list[_Point], line: TaskLine) -> str:
    axes = _Axes.around(points, line.chance, line.metric)
    drawn = [*axes.drawn(line.chance)]
    for point in points:
        if point not in best:
            drawn.append(f'<circle class="other" cx="{axes.x(point.cost):.4g}" cy="{axes.y(point.score):.4g}" r="4"/>')
    for point in best:
        name, x, y = model_of(board, point.row), axes.x(point.cost), axes.y(point.score)
        dot = f'<circle class="best" cx="{x:.4g}" cy="{y:.4g}" r="5"/>'
        end = x > WIDTH / 2
        label = _text(x - 8 if end else x + 8, y - 6, cut(name, 26), "end" if end else "start")
        drawn.append(_link(f"cell-{point.row.cell.id}", dot, label))
    return _svg(_FOOT + 38, "Scores against the number of fitted parameters", drawn)


def _power(power: int) -> str:
    """Return a power of ten in a few characters."""
    for unit, name in ((9, " bn"), (6, " M"), (3, " k")):
        if power >= unit:
            return f"{10 ** (power - unit)}{name}"
    return str(10**power)
