"""Tables of paired results, each with what it means in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emobench.boards.board import Board, BoardTask, Row
from emobench.boards.paired_results import PairedResult
from emobench.boards.part_scores import most_frequent
from emobench.boards.tables import (
    COUNT,
    POINTS,
    SCORE,
    Block,
    Column,
    Heading,
    Items,
    Table,
    Value,
    WithInterval,
    in_points,
)
from emobench.boards.text import NONE, code, component, decimal, emphasis, joined, strong
from emobench.records import metric_title


def of_task(task: BoardTask) -> Iterator[Block]:
    """Yield the members of fusions and the ablations of the rows of a task, as far as there are any."""
    fused = [one for row in task.rows for one in row.alone]
    if fused:
        yield Heading("Fusions beside their members alone")
        yield (
            "A fusion is worth what it adds to its best member, on the samples that both have. In brackets: 95% intervals; ",
            emphasis("apart"),
            " where a paired test tells the two apart (p < 0.05, each pair by itself).",
        )
        names = [(one.record.cell.experiment, one.other.cell.experiment) for one in fused]
        yield _table("Fusions beside their members alone", ("fusion", "member"), names, fused, "fusion minus member")
    ablated = [row for row in task.rows if row.ablations]
    if ablated:
        yield Heading("Ablations")
        yield (
            "Ablations say what a score rests on; they are no results and have no rank. A ",
            emphasis("blank-stream"),
            " ablation gives the fitted model the mean of a stream in place of each sample's own; a ",
            emphasis("shuffle-pairs"),
            " ablation gives it the stream of another sample, of the same class or of another one. Nothing is trained again "
            "for these. The other ablations are trained as the row is, on what their name says.",
        )
        for row in ablated:
            yield from _ablations(task, row)


def _ablations(task: BoardTask, row: Row) -> Iterator[Block]:
    own, most = "without a result", ""
    if row.headline:
        own = f"{metric_title(task.ranked_by)} {decimal(row.headline.metrics.get(task.ranked_by))}"
        most = f"; always saying the most frequent class has {most_frequent(row.record):.4f}"
    yield "Of ", strong(row.cell.experiment), f" ({own}{most}):"
    what = [(one.other.cell.experiment, _what_is_done(one)) for one in row.ablations]
    title = f"Ablations of {row.cell.experiment}"
    yield _table(title, ("ablation", "what is done"), what, row.ablations, "row minus ablation")
    meanings = [(one.other.cell.experiment, " ".join(meaning(one))) for one in row.ablations if row.headline]
    if any(said for _, said in meanings):
        yield Items([f"{name}: {said}" for name, said in meanings if said])


def _table(
    title: str,
    heads: Sequence[str],
    names: Sequence[Sequence[str]],
    paired: Sequence[PairedResult],
    difference: str,
) -> Table:
    metric = metric_title(paired[0].record.cell.ranked_by)
    columns = [*map(Column, heads), Column(metric, SCORE), Column("samples in both", COUNT)]
    columns += [Column(f"{difference}, points", POINTS), Column("apart"), Column("cell")]
    rows: list[list[Value]] = []
    for known, one in zip(names, paired, strict=True):
        apart = NONE if one.apart is None else "yes" if one.apart else "no"
        measured = [_score(one), one.n or None, in_points(one.difference), apart, code(one.other.cell.id)]
        rows.append([*known, *measured])
    return Table(title, columns, rows)


def _score(one: PairedResult) -> Value:
    if one.other_value is None and one.other.status == "failed":
        return "failed"
    return WithInterval(one.other_value, one.interval)


def _what_is_done(one: PairedResult) -> str:
    identity = one.other.cell.identity
    if identity.control is not None:
        return component(identity.control)
    inputs = ", ".join(each.name for each in identity.representations)
    return f"{component(identity.model)} on {identity.dataset}, {inputs}"


def of_board(board: Board) -> Iterator[Block]:
    """Yield the leakage premiums of a board, if there are any."""
    if not board.premiums:
        return
    yield Heading("Leakage premium", 2)
    yield (
        "The same experiment twice: once with a split that has the same people on both sides, as the paper's, and once with "
        "groups apart. The premium is what the leaky split adds to the score. Where both test the same samples it is taken "
        "on these alone, with a 95% interval of the paired bootstrap; otherwise it is the difference of both scores, "
        "untested. Part of it may be due to another size of the training part."
    )
    columns = [
        Column("leaky"),
        Column("groups apart"),
        Column("metric"),
        Column("score, leaky", SCORE),
        Column("score, apart", SCORE),
    ]
    columns += [Column("samples in both", COUNT), Column("premium in points", POINTS), Column("cells")]
    yield Table("Leakage premium", columns, [_premium(one) for one in board.premiums])


def _premium(one: PairedResult) -> list[Value]:
    apart = one.other.cell
    synthetic = " (synthetic)" if apart.provenance == "synthetic" else ""
    return [
        one.record.cell.experiment + synthetic,
        f"{apart.experiment}, {component(apart.identity.protocol)}",
        metric_title(apart.ranked_by),
        one.value,
        _score(one),
        one.n or None,
        in_points(one.difference) if one.difference else one.points,
        joined([code(one.record.cell.id), code(apart.id)], " "),
    ]


# ---------------------------------------------------------------------------------------------------- in words


def meaning(one: PairedResult) -> Iterator[str]:
    """Yield what an ablation means, in a sentence or two; what the suite says of it comes after."""
    done = one.other.cell.identity.control
    if done is not None and one.apart is not None:
        stream = str(done.parameters["stream"])
        if done.name == "blank-stream":
            yield _without(stream, one)
        elif done.parameters["across_classes"]:
            yield _of_another_class(stream, one)
        else:
            yield _of_the_same_class(stream, one)
    if one.other.cell.note:
        yield one.other.cell.note


def _without(stream: str, one: PairedResult) -> str:
    most = most_frequent(one.record)
    if not one.apart:
        return f"Without {stream} the score cannot be told from the row's: that {stream} adds anything does not show."
    if _below(one, most):
        return (
            f"Without {stream} the score is below always saying the most frequent class ({most:.4f}): what the row has "
            f"beyond that, it has by {stream}."
        )
    if one.interval is not None and one.interval.low is not None and one.interval.low <= most:
        return (
            f"Without {stream} the score cannot be told from always saying the most frequent class ({most:.4f}): the row "
            f"has what it has beyond that by {stream}, as far as can be seen."
        )
    return f"Without {stream} the score is another one, and still above the most frequent class ({most:.4f})."


def _below(one: PairedResult, most: float) -> bool:
    return one.interval is not None and one.interval.high is not None and one.interval.high < most


def _of_the_same_class(stream: str, one: PairedResult) -> str:
    if one.apart:
        return f"With {stream} of another sample of the same class the score moves: which of them it is counts."
    return (
        f"With {stream} of another sample of the same class the score cannot be told from the row's: that anything "
        f"beyond the class of {stream} counts does not show, so that the pairs seem to hold no more than the label."
    )


def _of_another_class(stream: str, one: PairedResult) -> str:
    most = most_frequent(one.record)
    if _below(one, most):
        return (
            f"With {stream} of another class the score is below always saying the most frequent class ({most:.4f}): the "
            f"model follows {stream} against the rest of the sample."
        )
    if one.apart:
        return f"With {stream} of another class the score moves, and the rest of the sample still counts."
    return (
        f"With {stream} of another class the score cannot be told from the row's: that the model heeds {stream} does not "
        "show."
    )
