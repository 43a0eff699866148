"""A row in full: every metric, every class, its folds, and what it cost on which machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emobench.boards.board import BoardTask, Row
from emobench.boards.part_scores import scores_of
from emobench.boards.sections import uncertainty
from emobench.boards.sections.tasks import human_in_words
from emobench.boards.tables import COUNT, SCORE, Block, Column, Items, Table, Value
from emobench.boards.text import NONE, Text, code, count, duration, emphasis, joined, strong
from emobench.boards.units import tie_breaker
from emobench.records import Scores, metric_order, metric_title

GIB = 1024**3


def blocks(task: BoardTask, row: Row, scores: Scores) -> Iterator[Block]:
    """Yield everything about a row with a result."""
    yield "Cell ", code(row.cell.id), " on ", emphasis(row.cell.headline), ". Samples dropped: ", dropped(row), "."
    if row.departures:
        yield "In what the row departs from its suite:"
        yield Items(row.departures)
    if human := human_in_words(scores):
        yield f"A rater against the others: {human}."
    yield metrics(task, row, scores, others=())
    if task.kind == "values":
        yield from dimensions(task, scores)
        yield from uncertainty.slice_blocks(task, row)
    else:
        yield per_class(scores)
        yield from uncertainty.slice_blocks(task, row)
        yield "Rows are true classes, columns predicted ones:"
        yield confusion(scores)
    if row.folds:
        yield "Each fold is a model of its own, fitted without the samples that it is scored on; the row has all of them:"
        yield folds(row)
    if row.record.warnings:
        yield "Warnings:"
        yield Items(row.record.warnings)


def metrics(task: BoardTask, row: Row, scores: Scores, others: Iterable[str]) -> Table:
    """Return every metric of the headline part, with its interval where there are any, of its clean subset, and of others."""
    parts = {part: known for part in others if (known := scores_of(row.record, part))}
    intervals = [Column("95% interval", SCORE)] if task.uncertainty else []
    headline = Column(row.cell.headline if parts else "value", SCORE)
    clean = [Column(f"clean subset, n = {count(row.clean.n)}", SCORE)] if row.clean else []
    columns = [Column("metric"), headline, *intervals, *clean, *(Column(part, SCORE) for part in parts)]
    rows: list[list[Value]] = []
    for name in metric_order({name for name in scores.metrics if "." not in name}):
        own = [scores.metrics[name], *([task.intervals(row).get(name)] if task.uncertainty else [])]
        own += [row.clean.scores.get(name)] if row.clean else []
        rows.append([metric_title(name, task.metrics), *own, *(known.metrics.get(name) for known in parts.values())])
    return Table("Every metric", columns, rows)


def dimensions(task: BoardTask, scores: Scores) -> Iterator[Table]:
    """Yield every metric of values in each dimension; nothing for a single one, which :func:`metrics` says all of."""
    names = metric_order({name.partition(".")[0] for name in scores.metrics if "." in name})
    if names:
        columns = [Column("dimension"), *(Column(metric_title(name, task.metrics), SCORE) for name in names)]
        rows = [[each, *(scores.metrics.get(f"{name}.{each}") for name in names)] for each in task.classes]
        yield Table("Every dimension", columns, rows)


def per_class(scores: Scores) -> Table:
    """Return precision, recall and F1 of each class; a score over no samples is not 0: it is none."""
    columns = [Column("class"), *(Column(name, SCORE) for name in ("precision", "recall", "F1"))]
    columns += [Column("support", COUNT), Column("predicted", COUNT)]
    rows = [
        [
            class_scores.label,
            class_scores.precision if class_scores.predicted else None,
            class_scores.recall if class_scores.support else None,
            class_scores.f1 if class_scores.support else None,
            class_scores.support,
            class_scores.predicted,
        ]
        for class_scores in scores.per_class
    ]
    return Table("Every class", columns, rows)


def confusion(scores: Scores, *, numbered: bool = False) -> Table:
    """Return the confusion matrix; ``numbered``: with numbers for the predicted classes, whose names may not fit."""
    labels = [class_scores.label for class_scores in scores.per_class]
    columns = [Column("true class, predicted:" if numbered else "")]
    columns += [Column(str(place) if numbered else label, COUNT) for place, label in enumerate(labels, 1)]
    rows = [
        [f"{place} {label}" if numbered else strong(label), *line]
        for place, (label, line) in enumerate(zip(labels, scores.confusion, strict=True), 1)
    ]
    return Table("Confusion matrix: rows are true classes, columns predicted ones", columns, rows)


def folds(row: Row) -> Table:
    """Return the folds that a row puts together."""
    names = row.cell.ranked_by, tie_breaker(row.cell.ranked_by)
    columns = [Column("fold"), Column("cell"), Column("n", COUNT)]
    columns += [Column(metric_title(name), SCORE) for name in names]
    rows: list[list[Value]] = []
    for record in row.folds:
        scores = scores_of(record, row.cell.headline)
        values = [scores.metrics.get(name) if scores else None for name in names]
        rows.append([record.cell.experiment, code(record.cell.id), scores.n if scores else None, *values])
    return Table("Folds, each a model of its own, fitted without the samples that it is scored on", columns, rows)


def dropped(row: Row) -> Text:
    """Return how many samples of each part could not be used."""
    found = [(part, part_count) for part, part_count in row.record.counts.items() if part_count.dropped]
    texts = [
        (f"{count(part_count.dropped)} of {count(part_count.attempted)} in ", emphasis(part))
        for part, part_count in found
    ]
    return joined(texts) if texts else "none"


# ------------------------------------------------------------------------------------------------ machines

MACHINE = (
    Column("device"),
    Column("threads", COUNT),
    *(Column(name, COUNT) for name in ("time", "CPU time", "peak memory", "fitted parameters", "multiply-adds")),
    Column("emobench"),
)


def machines(task: BoardTask) -> Table:
    """Return what each row cost, on which machine."""
    rows = [[code(row.cell.id), row.cell.experiment, *machine(row)] for row in task.rows]
    return Table("Machine, time and memory", [Column("cell"), Column("experiment"), *MACHINE], rows)


def machine(row: Row) -> list[Value]:
    """Return the values of :data:`MACHINE`."""
    record = row.record
    facts, phases = record.environment, record.phases.values()
    name = facts.get("device_name")
    return [
        str(facts.get("device", NONE)) + (f" ({name})" if name else ""),
        str(facts.get("threads", NONE)),
        duration(sum(phase.wall for phase in phases)) if phases else NONE,
        duration(sum(phase.cpu for phase in phases)) if phases else NONE,
        f"{record.peak_memory / GIB:.2f} GiB" if record.peak_memory else NONE,
        record.parameters,
        record.multiply_adds,
        record.emobench,
    ]
