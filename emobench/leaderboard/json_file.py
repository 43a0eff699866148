"""The board for programs, with everything that the records say."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from emobench.leaderboard.table import Board, Row, Task

SCHEMA_VERSION = 1


def render_json(board: Board) -> str:
    """Return ``{"schema_version", "tasks": [{…, "rows": [{"rank", "members", "comparisons", "record"}]}], "missing"}``.

    ``record`` is the cell's :class:`emobench.records.Record` without its traceback and without folders of the machine.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "tasks": [_task(task) for task in board.tasks],
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
        "parts": task.parts,
        "headline": task.headline,
        "rows": [_row(row) for row in task.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "members": [asdict(member) for member in row.members],
        "comparisons": [{**asdict(one), "points": one.points} for one in row.comparisons],
        "record": row.record.model_dump(mode="json"),
    }
