"""The board for programs, with everything that the records say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from emobench.boards.board import Board, BoardTask, PublishedScore, Row
from emobench.boards.overview import TaskLine, model_of, overview
from emobench.boards.paired_results import PairedResult
from emobench.boards.paired_tests import Pair
from emobench.boards.sections import uncertainty
from emobench.boards.units import is_share
from emobench.claims import Verdict
from emobench.records import AuditReport
from emobench.scoring import Slice

SCHEMA_VERSION = 2


def render_json(board: Board, verdicts: Mapping[Verdict, int] | None = None) -> str:
    """Return ``{"schema_version", "overview", "tasks": [{…, "rows": [{…, "record"}]}], "premiums", "missing"}``.

    ``overview`` is the board's :class:`emobench.boards.overview.Overview`: cards, which their ``kind`` tells apart, and one
    line a task. A row's ``model`` is what people call its model or fusion.
    A task's ``people`` are ``leaky``, ``apart`` or ``unknown``; ``on_both_sides`` counts the audits' errors of that kind;
    ``chance`` is what is right without looking. Its ``uncertainty`` has the tests of its pairs, what they could detect, and
    experiments with several seeds. A row's ``intervals`` on the headline part are by metric, its ``slices`` by column; a
    slice without an interval has no ends. All this is ``null`` without predictions.
    Where a sample has votes or values, the task has a ``target`` with its ``kind``, and differences of metrics that are no
    shares are in their own unit as ``change``, in place of ``points``.
    ``clean`` is the row's :class:`emobench.boards.clean_subset.CleanSubset`, or ``null``. Which samples it leaves out is in
    the files of the audit reports, and not in ``audits``.
    ``training_faults`` are values with a ``kind``, see :mod:`emobench.records.training_faults`; ``constant`` is the one class
    that a row predicts, also where it trains nothing, or empty.
    ``paired`` has the members of a fusion alone and the ablations of a row, by ``relation``; ``premiums`` is of the same
    form. The records of a row's folds and ablations are in it; the members of a fusion are rows.
    ``matrices`` has encoders by corpora, see :class:`emobench.boards.matrix.Matrix`; only where there is one.
    ``record`` is the cell's :class:`emobench.records.Record` without its traceback and without folders of the machine.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "overview": overview(board, verdicts),
        "tasks": [_task(board, task) for task in board.tasks],
        "premiums": board.premiums,
        "missing": board.missing,
    }
    if board.matrices:
        content["matrices"] = board.matrices
    return json.dumps(_values(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _task(board: Board, task: BoardTask) -> dict[str, Any]:
    known, facts = task.uncertainty, _fields(task)
    del facts["metrics"]
    if task.target is None:
        del facts["target"]
    return facts | {
        "on_both_sides": task.crossed,
        "chance": task.chance,
        "uncertainty": known and {name: getattr(known, name) for name in ("pairs", "detectable", "untested", "seeds")},
        "rows": [_row(board, task, row) for row in task.rows],
    }


def _row(board: Board, task: BoardTask, row: Row) -> dict[str, Any]:
    intervals = task.intervals(row) or None
    slices = uncertainty.by_column(task.slices(row)) if intervals else None
    found = {"model": model_of(board, row), "training_faults": row.training_faults, "constant": row.constant}
    return _fields(row) | found | {"published": row.published, "intervals": intervals, "slices": slices}


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _values(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, AuditReport):
        return value.model_dump(mode="json", exclude={"findings": {"__all__": {"tested"}}})
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return _values(_facts(value))
    if isinstance(value, Mapping):
        return {key: _values(each) for key, each in value.items()}
    return [_values(each) for each in value] if isinstance(value, list | tuple) else value


def _facts(value: Any) -> dict[str, Any]:
    """Return what the JSON file says of a dataclass."""
    known = _fields(value)
    match value:
        case TaskLine(kind="class"):
            del known["kind"], known["human"]
        case Slice():
            del known["column"], known["interval"], known["higher_is_better"]
            if value.uar is not None:  # of classes
                del known["metric"]
                known = {("accuracy" if name == "score" else name): fact for name, fact in known.items()}
            interval = value.interval
            return known | ({"low": interval.low, "high": interval.high} if interval and interval.known else {})
        case PublishedScore():
            return known | _points(value.metric, value.difference, value.points)
        case Pair():
            (difference,), (apart,) = value.differences.values(), value.apart.values()
            del known["differences"]
            return known | {"difference": difference, "apart": apart}
        case PairedResult():
            del known["record"]
            names = {"cell": value.record.cell.id, "other": value.other.cell.id}
            change = _points(value.metric, value.change, value.points)
            record = {"record": value.other} if value.relation == "ablation" else {}
            return known | names | change | {"experiment": value.other.cell.experiment} | record
    return known


def _points(metric: str, change: float | None, points: float | None) -> dict[str, float | None]:
    """Return a difference in hundredths, or where a metric is no share, in its own unit."""
    return {"points": points} if is_share(metric) else {"change": change}
