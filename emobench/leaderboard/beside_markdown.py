"""Tables of what a row has to be read beside, each with what it means in words."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.leaderboard.beside import Beside, in_words, most_frequent
from emobench.leaderboard.grid import Column, grid
from emobench.leaderboard.premiums import Premium
from emobench.leaderboard.table import RANKED_BY, Board, Row, Task
from emobench.leaderboard.text import NONE, code, component, count, decimal, metric_title, plain
from emobench.scoring import Interval

_SCORE = metric_title(RANKED_BY)


def of_task(task: Task) -> Iterator[str]:
    """Yield the members of fusions and the controls of the rows of a task, as far as there are any."""
    fused = [row for row in task.rows if row.alone]
    if fused:
        yield "### Fusions beside their members alone"
        yield (
            "A fusion is worth what it adds to its best member, on the samples that both have. In brackets: 95% intervals; "
            "*apart* where a paired test tells the two apart (p < 0.05, each pair by itself)."
        )
        columns = ("fusion", "member", *_columns("fusion minus member"))
        yield _table(columns, [[*_name(row), *_of(one)] for row in fused for one in row.alone])
    controlled = [row for row in task.rows if row.controls]
    if controlled:
        yield "### Controls"
        yield (
            "Controls say what a score rests on; they are no results and have no rank. A *blank-stream* control gives the "
            "fitted model the mean of a stream in place of each sample's own; a *shuffle-pairs* control gives it the stream "
            "of another sample, of the same class or of another one. Nothing is trained again for these. The other controls "
            "are trained as the row is, on what their name says."
        )
        for row in controlled:
            yield from _controls(row)


def _controls(row: Row) -> Iterator[str]:
    scores = row.headline
    own = f"{_SCORE} {decimal(scores.metrics.get(RANKED_BY))}" if scores else "without a result"
    most = f"; always saying the most frequent class has {most_frequent(row.record):.4f}" if scores else ""
    yield f"Of **{plain(row.cell.experiment)}** ({own}{most}):"
    columns = ("control", "what is done", *_columns("row minus control"))
    yield _table(columns, [[plain(one.record.cell.experiment), _done(one), *_of(one)] for one in row.controls])
    if scores:
        lines = [
            f"- {plain(one.record.cell.experiment)}: {' '.join(map(plain, in_words(row.record, one)))}"
            for one in row.controls
            if any(in_words(row.record, one))
        ]
        if lines:
            yield "\n".join(lines)


def of_board(board: Board) -> Iterator[str]:
    """Yield the leakage premiums of a board, if there are any."""
    if not board.premiums:
        return
    yield "## Leakage premium"
    yield (
        "The same experiment twice: once with a split that has the same people on both sides, as the paper's, and once with "
        "groups apart. The premium is what the leaky split adds to the score. Where both test the same samples it is taken "
        "on these alone, with a 95% interval of the paired bootstrap; otherwise it is the difference of both scores, "
        "untested. Part of it may be due to another size of the training part."
    )
    columns = [Column("leaky"), Column("groups apart"), Column(f"{_SCORE}, leaky", number=True)]
    columns += [Column(f"{_SCORE}, apart", number=True), Column("samples in both", number=True)]
    columns += [Column("premium in points", number=True), Column("cells")]
    yield grid(columns, [_premium(one) for one in board.premiums])


def _premium(one: Premium) -> list[str]:
    apart = one.apart.record.cell
    synthetic = " (synthetic)" if apart.provenance == "synthetic" else ""
    points = NONE if one.points is None else f"{one.points:+.1f}"
    if one.apart.difference is not None:
        points += f" {_span(one.apart.difference.interval, 100, '+.1f')}"
    return [
        plain(one.leaky.cell.experiment) + synthetic,
        f"{plain(apart.experiment)}, {component(apart.identity.protocol)}",
        decimal(one.value),
        _value(one.apart),
        count(one.apart.n) if one.apart.n else NONE,
        points,
        f"{code(one.leaky.cell.id)} {code(apart.id)}",
    ]


# ---------------------------------------------------------------------------------------------------- cells


def _columns(difference: str) -> tuple[str, ...]:
    return (_SCORE, "samples in both", f"{difference}, points", "apart", "cell")


def _table(titles: tuple[str, ...], rows: list[list[str]]) -> str:
    numbers = {_SCORE, "samples in both", *(title for title in titles if title.endswith("points"))}
    return grid([Column(title, number=title in numbers) for title in titles], rows)


def _name(row: Row) -> list[str]:
    return [plain(row.cell.experiment)]


def _of(one: Beside) -> list[str]:
    own = [] if one.kind == "control" else [plain(one.record.cell.experiment)]
    points = NONE
    if one.difference is not None:
        points = f"{100 * one.difference.value:+.1f} {_span(one.difference.interval, 100, '+.1f')}"
    apart = NONE if one.apart is None else "yes" if one.apart else "no"
    return [*own, _value(one), count(one.n) if one.n else NONE, points, apart, code(one.record.cell.id)]


def _value(one: Beside) -> str:
    if one.value is None:
        return "failed" if one.record.status == "failed" else NONE
    return f"{decimal(one.value)} {_span(one.interval, 1, '.4f')}" if one.interval else decimal(one.value)


def _span(interval: Interval, factor: float, form: str) -> str:
    return f"[{factor * interval.low:{form}}, {factor * interval.high:{form}}]" if interval.known else "[unknown]"


def _done(one: Beside) -> str:
    identity = one.record.cell.identity
    if identity.control is not None:
        return component(identity.control)
    model = component(identity.model) if identity.model else NONE
    return f"{model} on {plain(identity.dataset)}, {', '.join(plain(each.name) for each in identity.representations)}"
