"""A row as the page's script takes it: numbers in ten-thousandths, and every text that repeats only once.

A board of 500 rows has to stay below 2 MB, so the figures of a row are drawn when it is opened, from these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from emobench.boards.board import Board, BoardTask, Row
from emobench.boards.html.blocks import blocks, inline
from emobench.boards.overview import model_of
from emobench.boards.part_scores import scores_of
from emobench.boards.sections import audits, origins, pairs, rows, tasks, uncertainty
from emobench.boards.tables import COUNT, Block, Table, written
from emobench.boards.text import Text, code, component
from emobench.records import Scores, in_words, metric_order, metric_title, remedies
from emobench.scoring import BINS, Interval, Slice

UNIT = 10_000
"""Numbers are written as whole ten-thousandths, which are two characters shorter than four decimals."""

PANEL_HEADING = 4

COSTS = {
    "parameters": "parameters, millions",
    "multiply_adds": "multiply-adds, millions",
    "time": "time, minutes",
    "memory": "memory, GiB",
}
"""What a row cost: columns that a reader may choose."""


class Texts:
    """Every text once; rows name them by number."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """Return the number of a text."""
        return self._places.setdefault(text, len(self._places))

    @property
    def all(self) -> list[str]:
        """The texts, in the order of their numbers."""
        return list(self._places)


def modality(board: Board, row: Row) -> str:
    """Return what the model of a row sees, in words; empty where that is not known."""
    return " and ".join(board.titles.inputs(row.record, tuple(member.other for member in row.alone)))


def content(board: Board, task: BoardTask, row: Row, texts: Texts) -> dict[str, Any]:
    """Return what the panel of a row shows, and what it is filtered by; what is not known is left out.

    ``name``: of the model with its members; ``model``: without them. ``cost``: in the order of :data:`COSTS`.
    ``facts``: pairs of texts, the second one HTML. ``parts``: name, n, and values in the order of ``metrics``. ``spans``:
    ends of the interval by metric. ``classes``: precision, recall, F1. ``confusion``: rows are true classes.
    ``bins``: number, n, confidence, accuracy. ``history``: training curves. ``slices``: column, value, n, accuracy, UAR,
    ends. ``tables``: title, headings, places of numbers, rows of HTML. ``prose``: HTML.
    """
    shown: dict[str, Any] = {
        "name": texts(model_of(board, row)),
        "model": texts(board.titles.model(row.record)),
        "modality": texts(modality(board, row)),
        "cost": _cost(row),
        "facts": [[texts(name), texts(value)] for name, value in _facts(task, row)],
    }
    if row.headline:
        shown |= _scores(task, row, row.headline, texts)
    shown |= {
        "history": _history(row),
        "tables": [_table(table, texts) for table in _tables(task, row)],
        "warnings": [texts(one) for one in row.record.warnings],
        "prose": texts(blocks(_prose(task, row), level=PANEL_HEADING)),
    }
    return {name: value for name, value in shown.items() if value not in ([], {}, None)}


# ------------------------------------------------------------------------------------------------------ numbers


def _cost(row: Row) -> list[float | None]:
    record = row.record
    seconds = sum(phase.wall for phase in record.phases.values())
    millions = [(counted or 0) / 1e6 for counted in (record.parameters, record.multiply_adds)]
    values = *millions, seconds / 60, record.peak_memory / rows.GIB
    return [float(f"{value:.3g}") if value else None for value in values]


def _scores(task: BoardTask, row: Row, headline: Scores, texts: Texts) -> dict[str, Any]:
    parts = {part: scores for part in task.scored_parts if (scores := scores_of(row.record, part))}
    # Each dimension alone has a table of its own.
    names = metric_order({name for scores in parts.values() for name in scores.metrics if "." not in name})
    bins = task.uncertainty.reliability.get(row.cell.id, ()) if task.uncertainty else ()
    columns = {} if task.kind == "values" else uncertainty.by_column(task.slices(row))
    worst = uncertainty.worst_in_words(task, row)
    return {
        "metrics": [texts(metric_title(name, task.metrics)) for name in names],
        "parts": [
            [texts(part), scores.n, [_short(scores.metrics.get(name)) for name in names]]
            for part, scores in parts.items()
        ]
        + _clean(row, names, texts),
        "spans": {str(names.index(name)): _span(one) for name, one in task.intervals(row).items() if name in names},
        "classes": [[_short(one.precision), _short(one.recall), _short(one.f1)] for one in headline.per_class],
        "confusion": [list(line) for line in headline.confusion],
        "ece": _short(headline.metrics.get("ece")),
        "bins": [[round(each.low * BINS), each.n, _short(each.confidence), _short(each.accuracy)] for each in bins],
        "worst": texts(f"Worst, {worst}") if worst else None,
        "slices": [_slice(subgroup, texts) for those in columns.values() for subgroup in uncertainty.shown(those)],
        "slicesAre": texts(uncertainty.slices_in_words(columns)) if columns else None,
    }


def _clean(row: Row, names: list[str], texts: Texts) -> list[list[Any]]:
    """Return the clean subset as one more part; none where it leaves nothing out."""
    if row.clean is None:
        return []
    values = [_short(row.clean.scores.get(name)) for name in names]
    return [[texts(f"{row.cell.headline}, clean"), row.clean.n, values]]


def _slice(one: Slice, texts: Texts) -> list[Any]:
    ends = _span(one.interval) if one.interval else []
    return [texts(one.column), texts(one.value), one.n, _short(one.score), _short(one.uar), *ends]


def _history(row: Row) -> dict[str, Any]:
    epochs = row.record.history
    if not epochs:
        return {}
    metrics = dict.fromkeys(name for epoch in epochs for name in epoch.validation)
    return {
        "epochs": [epoch.number for epoch in epochs],
        "loss": [_short(epoch.loss) for epoch in epochs],
        "accuracy": [_short(epoch.accuracy) for epoch in epochs],
        "validation": {
            metric_title(name): [_short(epoch.validation.get(name)) for epoch in epochs] for name in metrics
        },
    }


def _short(value: float | None) -> int | None:
    return None if value is None else round(value * UNIT)


def _span(interval: Interval) -> list[int | None]:
    """Return both ends; an empty list where no resample differs."""
    return [_short(interval.low), _short(interval.high)] if interval.known else []


# -------------------------------------------------------------------------------------------------------- words


def _facts(task: BoardTask, row: Row) -> list[tuple[str, str]]:
    record, identity = row.record, row.cell.identity
    model, inputs, training, selection = tasks.what_row(row)
    device, threads, wall, cpu, memory, parameters, multiply_adds, version = (
        written(value, COUNT) for value in rows.machine(row)
    )
    facts: dict[str, Text] = {
        "Cell": code(row.cell.id),
        "Suite": row.cell.suite,
        "Seed": str(identity.seed),
        "Model or fusion": model,
        "From": origins.of_record(record),
        "Input": inputs,
        "Training": training,
        "Selected on": selection,
        "Weights": tasks.weights_in_words(row),
        "A rater against the others": tasks.human_in_words(row.headline),
        "Clean subset": tasks.clean_in_words(task, row),
        "Training failed": in_words(row.training_faults),
        "What to do": remedies(row.training_faults),
        "Departures": tasks.remark(row),
        "Note": row.cell.note,
        "Dropped": rows.dropped(row) if row.headline else "",
        "Policies": "; ".join(f"{audit}: {what}" for audit, what in identity.policies.items()),
        "Ablation": component(identity.control) if identity.control else "",
        "Device": (device, ", threads ", threads),
        "Time": (wall, ", CPU time ", cpu),
        "Peak memory": memory,
        "Fitted parameters": parameters,
        "Multiply-adds a sample": multiply_adds if record.multiply_adds else "",
        "Run": f"{record.started} to {record.finished}" if record.started else "",
        "emobench": version,
        "Packages": ", ".join(f"{name} {number}" for name, number in identity.packages.items()),
    }
    return [(name, inline(value)) for name, value in facts.items() if value]


def _tables(task: BoardTask, row: Row) -> Iterator[Table]:
    """Yield dimensions and slices of values, published values, folds and samples left out, without what tells rows apart."""
    if row.headline:
        yield from rows.dimensions(task, row.headline)
    if task.kind == "values" and (columns := uncertainty.by_column(task.slices(row))):
        yield uncertainty.slice_table(columns)
    for table in (tasks.published(task, [row]), rows.folds(row), tasks.left_out([row])):
        first = len(tasks.WHO) if table.columns[0] in tasks.WHO else 0
        if table.rows:
            yield Table(table.title, table.columns[first:], [line[first:] for line in table.rows])


def _table(table: Table, texts: Texts) -> list[Any]:
    heads = [texts(column.title) for column in table.columns]
    numbers = [place for place, column in enumerate(table.columns) if column.form]
    return [texts(table.title), heads, numbers, [[texts(inline(text)) for text in line] for line in table.texts()]]


def _prose(task: BoardTask, row: Row) -> Iterator[Block]:
    """Yield the members alone, the ablations and the audits of a row."""
    alone = replace(task, rows=(row,))
    yield from pairs.of_task(alone)
    yield from audits.of_task(alone)
