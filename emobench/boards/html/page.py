"""What the template of the page shows of a board, and the page itself."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.boards.headings import telling_apart
from emobench.boards.html import rows
from emobench.boards.html.blocks import blocks, inline
from emobench.boards.model import Board, BoardTask, Row
from emobench.boards.sections import audits, origins, pairs, uncertainty
from emobench.boards.sections import tasks as task_blocks
from emobench.boards.tables import SCORE, written
from emobench.boards.text import NONE, count, decimal, plain
from emobench.records import PROVENANCE_MEANING, RANKED_BY, TIES_BY, metric_title

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = ("f1_weighted", "f1_macro")
"""Metrics that stand in the ranking without an interval; all others are in the panel of the row."""

SPLITS = {
    "leaky": {"value": "yes", "badge": "leaky split", "word": "leaky"},
    "apart": {"value": "no", "badge": "groups apart", "word": "no"},
    "unknown": {"value": "unknown", "badge": "people unknown", "word": "people unknown"},
}
"""What the page says of a task whose people are so, and the value that the filter knows it by."""

STEP = 0.05
"""Ends of the common scale of a task are multiples of it."""


def render_html(
    board: Board, *, title: str, verdicts: Mapping[str, Any] | None = None, built_in: frozenset[str] = frozenset()
) -> str:
    """Return the board as one page that needs no network and no other file.

    The ranking, the claims and everything that concerns a whole task are in the markup, so that they can be read without a
    script. The figures of a row are drawn by the page's own script when the row is opened, as SVG and tables: drawn in
    advance (by matplotlib, say, some 20 kB a figure), they would be 50 MB for 500 rows. A content security policy
    forbids the page everything but its own script.

    Args:
        board: from :func:`emobench.boards.build_board`.
        title: of the page.
        verdicts: claims beside measured values, from :func:`emobench.boards.for_page`.
        built_in: the suites that come with emobench, which every reader can run.
    """
    texts = rows.Texts()
    apart = telling_apart(board)
    tasks = [_task(task, apart[task.id]) for task in board.tasks]
    data = {
        "rows": {
            row.cell.id: {"task": place, **rows.content(task, row, texts)}
            for place, task in enumerate(board.tasks)
            for row in task.rows
        },
        "tasks": [{"classes": list(task.classes), "part": task.headline} for task in board.tasks],
        "texts": texts.all,
    }
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    page: str = (
        _environment()
        .get_template("page.html")
        .render(
            title=title,
            head=_head(board, built_in),
            tasks=tasks,
            premiums=blocks(pairs.of_board(board), level=2),
            verdicts=verdicts,
            missing=board.missing and blocks([task_blocks.missing(board.missing)]),
            data=script_json(data),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
            dash=NONE,
            counted=_counted(board, verdicts),
        )
    )
    return page


def _counted(board: Board, verdicts: Mapping[str, Any] | None) -> dict[str, int]:
    """Return how much of what is on a board."""
    all_rows = [row for task in board.tasks for row in task.rows]
    return {
        "tasks": len(board.tasks),
        "rows": len(all_rows),
        "failed": sum(row.record.status == "failed" for row in all_rows),
        "claims": sum(verdicts["verdicts"].values()) if verdicts else 0,
        "missing": len(board.missing),
    }


def script_json(data: Any) -> str:
    """Return JSON that no text in it can end before its time: in a script element, ``<`` is dangerous and nothing else."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _head(board: Board, built_in: frozenset[str]) -> dict[str, Any]:
    present = {task.provenance for task in board.tasks}
    return {
        "versions": ", ".join(sorted({record.emobench for record in board.records})) or NONE,
        "suites": origins.own_suites(board, built_in),
        "others": list(origins.other_suites(board, built_in)),
        "levels": {level: meaning for level, meaning in PROVENANCE_MEANING.items() if level in present},
    }


# -------------------------------------------------------------------------------------------------------- a task


def _task(task: BoardTask, apart: str) -> dict[str, Any]:
    scale = _scale(task)
    tiers = [(rank, list(group)) for rank, group in groupby(task.rows, key=lambda row: row.rank)]
    return {
        "task": task,
        "anchor": f"task-{task.id}",
        "apart": apart,
        "split": SPLITS[task.people],
        "chance": task_blocks.by_chance(task),
        "about": blocks([task_blocks.about(task), *uncertainty.above(task)]),
        "below": blocks(uncertainty.below(task)),
        "paired": blocks(pairs.of_task(task)),
        "audits": blocks(audits.of_task(task)),
        "scale": [f"{end:.2f}" for end in scale],
        "score": metric_title(RANKED_BY),
        "ties": metric_title(TIES_BY),
        "shown": [metric_title(name) for name in SHOWN],
        "published": any(row.published for row in task.rows),
        "rows": [
            _row(task, row, scale, place, len(group), tier)
            for tier, (_, group) in enumerate(tiers)
            for place, row in enumerate(group)
        ],
        "best": _best(task),
        "n": count(task.rows[0].headline.n) if task.rows[0].headline else NONE,
    }


def _best(task: BoardTask) -> str:
    first = task.rows[0]
    return decimal(first.headline.metrics.get(RANKED_BY)) if first.headline else NONE


def _row(task: BoardTask, row: Row, scale: tuple[float, float], place: int, size: int, tier: int) -> dict[str, Any]:
    metrics = row.headline.metrics if row.headline else {}
    published = next((one for one in row.published if one.metric == RANKED_BY), None)
    counts = row.count(row.cell.headline)
    model, inputs, *_ = task_blocks.what_row(row)
    return {
        "id": row.cell.id,
        "rank": NONE if row.rank is None else row.rank,
        "first": place == 0,
        "odd": tier % 2 == 1,
        "size": size if row.rank is not None else 0,
        "experiment": row.cell.experiment,
        "what": inline((model, f", on {inputs}")),
        "remark": task_blocks.remark(row, shown=1),
        "departs": bool(row.departures or row.cell.selected_on),
        "seed": row.cell.identity.seed,
        "failed": row.record.status == "failed",
        "n": count(row.headline.n) if row.headline else NONE,
        "dropped": counts.dropped if counts and row.headline else 0,
        "scores": [(decimal(metrics.get(name)), _span(task, row, name)) for name in (RANKED_BY, TIES_BY)],
        "others": [decimal(metrics.get(name)) for name in SHOWN],
        "published": published,
        "bar": _bar(task, row, scale, published.published if published else None),
    }


def _span(task: BoardTask, row: Row, metric: str) -> str:
    interval = task.intervals(row).get(metric)
    return plain(written(interval, SCORE)) if interval is not None and row.headline else ""


# --------------------------------------------------------------------------------------------- the common scale


def _scale(task: BoardTask) -> tuple[float, float]:
    """Return the ends of the scale on which the intervals of a task are drawn: all of them, and the published values."""
    values: list[float] = []
    for row in task.rows:
        if row.headline and RANKED_BY in row.headline.metrics:
            values.append(row.headline.metrics[RANKED_BY])
        interval = task.intervals(row).get(RANKED_BY)
        if interval is not None and interval.known:
            values += [interval.low, interval.high]
        values += [one.published for one in row.published if one.metric == RANKED_BY]
    if not values:
        return 0.0, 1.0
    low = max(0.0, math.floor(min(values) / STEP) * STEP)
    high = min(1.0, math.ceil(max(values) / STEP) * STEP)
    return (low, high) if high > low else (max(0.0, low - STEP), min(1.0, high + STEP))


def _bar(task: BoardTask, row: Row, scale: tuple[float, float], published: float | None) -> dict[str, float] | None:
    """Return places on the scale, in per cent: of the value, both ends of its interval, and the published value."""
    value = row.headline.metrics.get(RANKED_BY) if row.headline else None
    if value is None:
        return None
    low, high = scale

    def place(of: float) -> float:
        return round(100 * (of - low) / (high - low), 1)

    bar = {"v": place(value)}
    interval = task.intervals(row).get(RANKED_BY)
    if interval is not None and interval.known:
        bar |= {"l": place(interval.low), "w": round(place(interval.high) - place(interval.low), 1)}
    if published is not None:
        bar["p"] = place(published)
    return bar
