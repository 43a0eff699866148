"""The board for programs that read tables: one row for each cell and test part."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from emobench.leaderboard.evidence import WITH_INTERVAL
from emobench.leaderboard.table import Board, Missing, Row, Task, scores_of
from emobench.leaderboard.text import METRIC_TITLES, metric_order

COLUMNS = (
    "task",
    "dataset",
    "fingerprint",
    "provenance",
    "labels",
    "protocol",
    "protocol_parameters",
    "leaky",
    "people",
    "part",
    "headline",
    "rank",
    "suite",
    "experiment",
    "cell",
    "status",
    "failure",
    "departures",
    "model",
    "fusion",
    "members",
    "learnt",
    "trained",
    "pool",
    "folds",
    "counterpart",
    "selected_on",
    "parameters",
    "schedule",
    "representations",
    "seed",
    "precision",
    "sources",
    "n",
    "attempted",
    "dropped",
)
"""Columns before the metrics; a dictionary or a list in a field is JSON."""

INTERVAL_COLUMNS = ("interval_unit", "interval_units")
"""Columns after the ends of the intervals."""

MACHINE_COLUMNS = ("emobench", "device", "threads", "wall_seconds", "cpu_seconds", "peak_memory", "fitted_parameters")
"""Columns after the metrics."""


def render_csv(board: Board) -> str:
    """Return the board as CSV.

    A finished cell has one row for each test part, and one for all of them together where there are several; it has a rank
    on the headline part only. A failed cell and a missing experiment have one row with a status, a reason and no numbers.
    After the metrics come, on the headline part, the ends of their intervals as ``<metric>_low`` and ``<metric>_high``, what
    was resampled for them and how many of it there are, and the published values as ``published_<metric>``. An interval that
    is not known has no ends.
    """
    published = sorted({one.metric for task in board.tasks for row in task.rows for one in row.comparisons})
    measured = {name for record in board.records for scores in record.scores.values() for name in scores.metrics}
    columns = [
        *COLUMNS,
        *metric_order(measured | set(METRIC_TITLES)),
        *(f"{name}_{end}" for name in WITH_INTERVAL for end in ("low", "high")),
        *INTERVAL_COLUMNS,
        *(f"published_{name}" for name in published),
        *MACHINE_COLUMNS,
    ]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for task in board.tasks:
        for row in task.rows:
            writer.writerows(_row(task, row, part) for part in _parts(task, row))
    writer.writerows(_missing(one) for one in board.missing)
    return buffer.getvalue()


def _parts(task: Task, row: Row) -> tuple[str, ...]:
    return task.scored_parts if row.record.status == "finished" else (task.headline,)


def _row(task: Task, row: Row, part: str) -> dict[str, Any]:
    is_headline = part == task.headline
    scores = scores_of(row.record, part)
    counts = row.count(part) if scores else None
    return {
        **_of_task(task),
        **_of_cell(row),
        "part": part,
        "headline": is_headline,
        "rank": row.rank if is_headline else None,
        "n": scores.n if scores else None,
        "attempted": counts and counts.attempted,
        "dropped": counts and counts.dropped,
        **(scores.metrics if scores else {}),
        **(_intervals(task, row) if is_headline else {}),
        **({f"published_{one.metric}": one.published for one in row.comparisons} if is_headline else {}),
        **_of_machine(row),
    }


def _intervals(task: Task, row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    intervals = task.evidence.intervals.get(row.cell.id, {}) if task.evidence else {}
    for name, one in intervals.items():
        fields |= {"interval_unit": one.unit, "interval_units": one.units}
        if one.known:
            fields |= {f"{name}_low": one.low, f"{name}_high": one.high}
    return fields


def _of_task(task: Task) -> dict[str, Any]:
    return {
        "task": task.id,
        "dataset": task.dataset,
        "fingerprint": task.fingerprint,
        "provenance": task.provenance,
        "labels": task.labels,
        "protocol": task.protocol.name,
        "protocol_parameters": _json(task.protocol.parameters),
        "leaky": task.leaky,
        "people": task.people,
    }


def _of_cell(row: Row) -> dict[str, Any]:
    cell, failure = row.cell, row.record.failure
    identity, sources = cell.identity, row.record.sources
    what = identity.model or identity.fusion
    training = identity.model_dump(mode="json", include={"schedule"})["schedule"]
    return {
        "suite": cell.suite,
        "experiment": cell.experiment,
        "cell": cell.id,
        "status": row.record.status,
        "failure": f"{failure.kind}: {failure.message}" if failure else None,
        "departures": "; ".join((*map(str, cell.departures), *cell.code_remark)),
        "model": identity.model and identity.model.name,
        "fusion": identity.fusion and identity.fusion.name,
        "members": " ".join(identity.members),
        "learnt": _json(row.record.learnt) if row.record.learnt else None,
        "trained": identity.trained or None,
        "pool": identity.pool and identity.pool.name,
        "folds": " ".join(identity.folds) or None,
        "counterpart": cell.counterpart or None,
        "selected_on": cell.selected_on or None,
        "parameters": _json(what.parameters if what else {}),
        "schedule": _json(training) if training else None,
        "representations": _json([one.model_dump(mode="json") for one in identity.representations]),
        "seed": identity.seed,
        "precision": identity.precision,
        "sources": _json({key: one.model_dump() for key, one in sources.items()}) if sources else None,
    }


def _of_machine(row: Row) -> dict[str, Any]:
    record = row.record
    return {
        "emobench": record.emobench,
        "device": record.environment.get("device"),
        "threads": record.environment.get("threads"),
        "wall_seconds": sum(phase.wall for phase in record.phases.values()) if record.phases else None,
        "cpu_seconds": sum(phase.cpu for phase in record.phases.values()) if record.phases else None,
        "peak_memory": record.peak_memory or None,
        "fitted_parameters": record.parameters,
    }


def _missing(one: Missing) -> dict[str, Any]:
    return {"dataset": one.dataset, "experiment": one.experiment, "status": "missing", "failure": one.reason}


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
