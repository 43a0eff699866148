"""The board for programs, with everything that the records say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from emobench.leaderboard.beside import Beside
from emobench.leaderboard.evidence import Evidence
from emobench.leaderboard.premiums import Premium
from emobench.leaderboard.table import Board, Row, Task
from emobench.scoring import Difference, Interval, Slice

SCHEMA_VERSION = 1


def render_json(board: Board) -> str:
    """Return ``{"schema_version", "tasks": [{…, "evidence", "rows": [{…, "record"}]}], "premiums", "missing"}``.

    A task's ``people`` are ``leaky``, ``apart`` or ``unknown``; ``on_both_sides`` counts the audits' errors of that kind;
    ``chance`` is what is right without looking. Its ``evidence`` has the tests of its pairs, what they could detect, and
    experiments with several seeds. A row's ``intervals`` on the headline part are by metric, its ``slices`` by column; a
    slice without an interval has no ends. All this is ``null`` without predictions.
    The records of a row's ``folds`` and ``controls`` stand with it; the members that a fusion has ``alone`` are rows.
    ``record`` is the cell's :class:`emobench.records.Record` without its traceback and without folders of the machine.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "tasks": [_task(task) for task in board.tasks],
        "premiums": [_premium(one) for one in board.premiums],
        "missing": [asdict(one) for one in board.missing],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "dataset": task.dataset,
        "fingerprint": task.fingerprint,
        "provenance": task.provenance,
        "labels": task.labels,
        "classes": list(task.classes),
        "protocol": task.protocol.model_dump(mode="json"),
        "leaky": task.leaky,
        "people": task.people,
        "on_both_sides": task.crossed,
        "chance": task.chance and asdict(task.chance),
        "parts": task.parts,
        "headline": task.headline,
        "evidence": _evidence(task.evidence) if task.evidence else None,
        "rows": [_row(row, task.evidence) for row in task.rows],
    }


def _row(row: Row, evidence: Evidence | None) -> dict[str, Any]:
    known = evidence if evidence and row.cell.id in evidence.intervals else None
    return {
        "rank": row.rank,
        "members": [asdict(member) for member in row.members],
        "comparisons": [{**asdict(one), "points": one.points} for one in row.comparisons],
        "intervals": _intervals(known.intervals[row.cell.id]) if known else None,
        "slices": _slices(known.slices[row.cell.id]) if known else None,
        "alone": [_beside(one) for one in row.alone],
        "audits": [report.model_dump(mode="json") for report in row.audits],
        "controls": [{**_beside(one), "record": one.record.model_dump(mode="json")} for one in row.controls],
        "folds": [record.model_dump(mode="json") for record in row.folds],
        "record": row.record.model_dump(mode="json"),
    }


def _beside(one: Beside) -> dict[str, Any]:
    return {
        "cell": one.record.cell.id,
        "experiment": one.record.cell.experiment,
        "value": one.value,
        "interval": one.interval and _interval(one.interval),
        "n": one.n,
        "difference": one.difference and _difference(one.difference),
        "apart": one.apart,
    }


def _premium(one: Premium) -> dict[str, Any]:
    return {
        "leaky": one.leaky.cell.id,
        "experiment": one.leaky.cell.experiment,
        "value": one.value,
        "points": one.points,
        "groups_apart": _beside(one.apart),
    }


# ---------------------------------------------------------------------------------------------------- evidence


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "pairs": [
            {
                **asdict(one),
                "difference": one.difference and _difference(one.difference),
            }
            for one in evidence.pairs
        ],
        "detectable": evidence.detectable and asdict(evidence.detectable),
        "untested": list(evidence.untested),
        "seeds": [{**asdict(one), "intervals": _intervals(one.intervals)} for one in evidence.seeds],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {**asdict(one), "interval": _interval(one.interval)}


def _intervals(intervals: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: _interval(one) for name, one in intervals.items()}


def _interval(one: Interval) -> dict[str, Any]:
    """Return an interval with its ends; both are ``null`` where no resample differs."""
    return {**asdict(one), **({} if one.known else {"low": None, "high": None})}


def _slices(slices: Iterable[Slice]) -> dict[str, list[dict[str, Any]]]:
    columns: dict[str, list[dict[str, Any]]] = {}
    for one in slices:
        ends = {"low": one.interval.low, "high": one.interval.high} if one.interval and one.interval.known else {}
        columns.setdefault(one.column, []).append(
            {"value": one.value, "n": one.n, "accuracy": one.accuracy, "uar": one.uar, **ends}
        )
    return columns
