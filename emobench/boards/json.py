"""The board for programs, with everything that the records say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from emobench.boards.model import Board, BoardTask, Row
from emobench.boards.paired_results import PairedResult
from emobench.boards.uncertainty import Pair, Uncertainty
from emobench.scoring import Interval, Slice

SCHEMA_VERSION = 2


def render_json(board: Board) -> str:
    """Return ``{"schema_version", "tasks": [{…, "uncertainty", "rows": [{…, "record"}]}], "premiums", "missing"}``.

    A task's ``people`` are ``leaky``, ``apart`` or ``unknown``; ``on_both_sides`` counts the audits' errors of that kind;
    ``chance`` is what is right without looking. Its ``uncertainty`` has the tests of its pairs, what they could detect, and
    experiments with several seeds. A row's ``intervals`` on the headline part are by metric, its ``slices`` by column; a
    slice without an interval has no ends. All this is ``null`` without predictions.
    ``paired`` has the members of a fusion alone and the ablations of a row, by ``relation``; ``premiums`` is of the same
    form. The records of a row's folds and ablations stand with it; the members of a fusion are rows.
    ``record`` is the cell's :class:`emobench.records.Record` without its traceback and without folders of the machine.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "tasks": [_task(task) for task in board.tasks],
        "premiums": board.premiums,
        "missing": board.missing,
    }
    return json.dumps(_values(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _task(task: BoardTask) -> dict[str, Any]:
    known = _fields(task)
    del known["rows"], known["uncertainty"]
    return {
        **known,
        "on_both_sides": task.crossed,
        "chance": task.chance,
        "uncertainty": task.uncertainty and _uncertainty(task.uncertainty),
        "rows": [_row(task, row) for row in task.rows],
    }


def _uncertainty(known: Uncertainty) -> dict[str, Any]:
    return {name: getattr(known, name) for name in ("pairs", "detectable", "untested", "seeds")}


def _row(task: BoardTask, row: Row) -> dict[str, Any]:
    intervals = task.intervals(row) or None
    return {
        "rank": row.rank,
        "members": row.members,
        "published": [{**_fields(one), "points": one.points} for one in row.published],
        "intervals": intervals,
        "slices": _slices(task.slices(row)) if intervals else None,
        "paired": row.paired,
        "audits": row.audits,
        "folds": row.folds,
        "record": row.record,
    }


def _slices(slices: tuple[Slice, ...]) -> dict[str, list[dict[str, Any]]]:
    columns: dict[str, list[dict[str, Any]]] = {}
    for one in slices:
        ends = {"low": one.interval.low, "high": one.interval.high} if one.interval and one.interval.known else {}
        columns.setdefault(one.column, []).append(
            {"value": one.value, "n": one.n, "accuracy": one.accuracy, "uar": one.uar, **ends}
        )
    return columns


def _paired(one: PairedResult) -> dict[str, Any]:
    record = {"record": one.other} if one.relation == "ablation" else {}
    known = _fields(one) | {"cell": one.record.cell.id, "other": one.other.cell.id, "points": one.points}
    del known["record"]
    return {**known, "experiment": one.other.cell.experiment, **record}


# ------------------------------------------------------------------------------------------------------- values


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _values(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Interval) and not value.known:  # it has no ends
        return {**_fields(value), "low": None, "high": None}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, PairedResult):
        return _values(_paired(value))
    if isinstance(value, Pair):
        known = {"a": value.a, "b": value.b, "difference": value.difference, "apart": value.differ}
        return _values({**known, "mcnemar": value.mcnemar, "tests": value.tests})
    if is_dataclass(value):
        return _values(_fields(value))
    if isinstance(value, Mapping):
        return {key: _values(each) for key, each in value.items()}
    return [_values(each) for each in value] if isinstance(value, list | tuple) else value
