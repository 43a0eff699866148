"""Tables of paired results, each with what it means in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emobench.boards.board import Board, BoardTask, Row
from emobench.boards.paired_results import PairedResult
from emobench.boards.part_scores import constant_score
from emobench.boards.tables import (
    CHANGE,
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
from emobench.boards.units import difference, higher_is_better, is_share, times, unit
from emobench.records import Record, metric_title


def of_task(task: BoardTask) -> Iterator[Block]:
    """Yield the members of fusions and the ablations of the rows of a task, as far as there are any."""
    fused = [result for row in task.rows for result in row.alone]
    if fused:
        yield Heading("Fusions beside their members alone")
        yield (
            "A fusion is worth what it adds to its best member, on the samples that both have. In brackets: 95% intervals; ",
            emphasis("apart"),
            " where a paired test tells the two apart (p < 0.05, each pair by itself).",
        )
        names = [(result.record.cell.experiment, result.other.cell.experiment) for result in fused]
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
        constant = constant_score(row.record)
        most = "" if constant is None else f"; {always(row.record)} has {constant:.4f}"
    yield "Of ", strong(row.cell.experiment), f" ({own}{most}):"
    what = [(result.other.cell.experiment, _what_is_done(result)) for result in row.ablations]
    title = f"Ablations of {row.cell.experiment}"
    yield _table(title, ("ablation", "what is done"), what, row.ablations, "row minus ablation")
    meanings = [(result.other.cell.experiment, " ".join(meaning(result))) for result in row.ablations if row.headline]
    if any(said for _, said in meanings):
        yield Items([f"{name}: {said}" for name, said in meanings if said])


def _table(
    title: str,
    heads: Sequence[str],
    names: Sequence[Sequence[str]],
    paired: Sequence[PairedResult],
    difference: str,
) -> Table:
    ranked_by = paired[0].metric
    columns = [*map(Column, heads), Column(metric_title(ranked_by), SCORE), Column("samples in both", COUNT)]
    of_unit = ", ".join(filter(None, [difference, unit(ranked_by)]))
    columns += [Column(of_unit, POINTS if is_share(ranked_by) else CHANGE), Column("apart"), Column("cell")]
    rows: list[list[Value]] = []
    for known, result in zip(names, paired, strict=True):
        apart = NONE if result.apart is None else "yes" if result.apart else "no"
        changed = in_points(result.difference, times(ranked_by))
        measured = [_score(result), result.n or None, changed, apart, code(result.other.cell.id)]
        rows.append([*known, *measured])
    return Table(title, columns, rows)


def _score(result: PairedResult) -> Value:
    if result.other_value is None and result.other.status == "failed":
        return "failed"
    return WithInterval(result.other_value, result.interval)


def _what_is_done(result: PairedResult) -> str:
    identity = result.other.cell.identity
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
        "people apart. The premium is what the leaky split adds to the score. Where both test the same samples it is taken "
        "on these alone, with a 95% interval of the paired bootstrap; otherwise it is the difference of both scores, "
        "untested. Part of it may be due to another size of the training part."
    )
    columns = [
        Column("leaky"),
        Column("people apart"),
        Column("metric"),
        Column("score, leaky", SCORE),
        Column("score, apart", SCORE),
    ]
    shares = all(is_share(result.metric) for result in board.premiums)
    columns += [Column("samples in both", COUNT), Column("premium in points" if shares else "premium", POINTS)]
    columns += [Column("cells")]
    yield Table("Leakage premium", columns, [_premium(result, shares) for result in board.premiums])


def _premium(result: PairedResult, shares: bool) -> list[Value]:
    apart = result.other.cell
    synthetic = " (synthetic)" if apart.provenance == "synthetic" else ""
    return [
        result.record.cell.experiment + synthetic,
        f"{apart.experiment}, {apart.identity.protocol.name}",
        metric_title(apart.ranked_by),
        result.value,
        _score(result),
        result.n or None,
        (in_points(result.difference) if result.difference else result.points) if shares else _in_words(result),
        joined([code(result.record.cell.id), code(apart.id)], " "),
    ]


def _in_words(result: PairedResult) -> str:
    """Return a premium with its unit, for a table that has several."""
    if result.change is None:
        return NONE
    metric, ends = result.metric, result.difference.interval.ends if result.difference else None
    said = difference(metric, result.change, signed=True)
    if ends:
        said += f" [{', '.join(difference(metric, end, signed=True) for end in ends)}]"
    return said if higher_is_better(metric) else f"{said}, less is better"


# ---------------------------------------------------------------------------------------------------- in words


def always(record: Record) -> str:
    """Return what a row is compared with that says the same of every sample."""
    values = record.cell.identity.kind == "values"
    return "any constant answer" if values else "always saying the most frequent class"


def meaning(result: PairedResult) -> Iterator[str]:
    """Yield what an ablation means, in a sentence or two; what the suite says of it comes after."""
    done = result.other.cell.identity.control
    if done is not None and result.apart is not None:
        stream = str(done.parameters["stream"])
        if done.name == "blank-stream":
            yield _without(stream, result)
        elif done.parameters["across_classes"]:
            yield _of_another_class(stream, result)
        else:
            yield _of_the_same_class(stream, result)
    if result.other.cell.note:
        yield result.other.cell.note


def _without(stream: str, result: PairedResult) -> str:
    constant = constant_score(result.record)
    if not result.apart:
        return f"Without {stream} the score cannot be told from the row's: that {stream} adds anything does not show."
    if constant is None:
        return f"Without {stream} the score is another result."
    said = f"{always(result.record)} ({constant:.4f})"
    if _below(result, constant):
        return f"Without {stream} the score is below {said}: what the row has beyond that, it has by {stream}."
    if result.interval is not None and result.interval.low is not None and result.interval.low <= constant:
        return (
            f"Without {stream} the score cannot be told from {said}: the row has what it has beyond that by {stream}, as "
            "far as can be seen."
        )
    best = "any constant answer" if result.record.cell.identity.kind == "values" else "the most frequent class"
    return f"Without {stream} the score is another result, and still above {best} ({constant:.4f})."


def _below(one: PairedResult, constant: float) -> bool:
    return one.interval is not None and one.interval.high is not None and one.interval.high < constant


def _of_the_same_class(stream: str, one: PairedResult) -> str:
    if one.apart:
        return f"With {stream} of another sample of the same class the score moves: which of them it is counts."
    return (
        f"With {stream} of another sample of the same class the score cannot be told from the row's: that anything "
        f"beyond the class of {stream} counts does not show, so that the pairs seem to hold no more than the label."
    )


def _of_another_class(stream: str, one: PairedResult) -> str:
    constant = constant_score(one.record)
    if constant is not None and _below(one, constant):
        return (
            f"With {stream} of another class the score is below {always(one.record)} ({constant:.4f}): the model follows "
            f"{stream} against the rest of the sample."
        )
    if one.apart:
        return f"With {stream} of another class the score moves, and the rest of the sample still counts."
    return (
        f"With {stream} of another class the score cannot be told from the row's: that the model heeds {stream} does not "
        "show."
    )
