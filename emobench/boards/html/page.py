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

from emobench.boards.board import Board, BoardTask, PublishedScore, Row
from emobench.boards.headings import telling_apart
from emobench.boards.html import rows
from emobench.boards.html.blocks import blocks, inline
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
    present = {task.provenance for task in board.tasks}
    all_rows = [row for task in board.tasks for row in task.rows]
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=title,
            versions=", ".join(sorted({record.emobench for record in board.records})) or NONE,
            suites=origins.own_suites(board, built_in),
            others=list(origins.other_suites(board, built_in)),
            levels={level: meaning for level, meaning in PROVENANCE_MEANING.items() if level in present},
            tasks=[_task(task, apart[task.id]) for task in board.tasks],
            score=metric_title(RANKED_BY),
            ties=metric_title(TIES_BY),
            shown=[metric_title(name) for name in SHOWN],
            premiums=blocks(pairs.of_board(board), level=2),
            verdicts=verdicts,
            missing=board.missing and blocks([task_blocks.missing(board.missing)]),
            counted={
                "tasks": len(board.tasks),
                "rows": len(all_rows),
                "failed": sum(row.record.status == "failed" for row in all_rows),
                "claims": sum(verdicts["verdicts"].values()) if verdicts else 0,
                "missing": len(board.missing),
            },
            data=script_json(data),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
            dash=NONE,
        )
    )


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


# -------------------------------------------------------------------------------------------------------- a task


def _task(task: BoardTask, apart: str) -> dict[str, Any]:
    scale = _scale(task)
    tiers = [list(group) for _, group in groupby(task.rows, key=lambda row: row.rank)]
    best = task.rows[0].headline
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
        "published": any(row.published for row in task.rows),
        "rows": [
            _row(task, row, scale) | {"first": place == 0, "odd": tier % 2 == 1, "size": len(group)}
            for tier, group in enumerate(tiers)
            for place, row in enumerate(group)
        ],
        "best": decimal(best.metrics.get(RANKED_BY)) if best else NONE,
        "n": count(best.n) if best else NONE,
    }


def _row(task: BoardTask, row: Row, scale: tuple[float, float]) -> dict[str, Any]:
    metrics = row.headline.metrics if row.headline else {}
    counts = row.count(row.cell.headline)
    model, inputs, *_ = task_blocks.what_row(row)
    return {
        "row": row,
        "what": inline((model, f", on {inputs}")),
        "remark": task_blocks.remark(row, shown=1),
        "n": count(row.headline.n) if row.headline else NONE,
        "dropped": counts.dropped if counts and row.headline else 0,
        "scores": [(decimal(metrics.get(name)), _span(task, row, name)) for name in (RANKED_BY, TIES_BY)],
        "others": [decimal(metrics.get(name)) for name in SHOWN],
        "published": _published(row),
        "bar": _bar(task, row, scale),
    }


def _span(task: BoardTask, row: Row, metric: str) -> str:
    interval = task.intervals(row).get(metric)
    return plain(written(interval, SCORE)) if interval is not None and row.headline else ""


# --------------------------------------------------------------------------------------------- the common scale


def _points(task: BoardTask, row: Row) -> dict[str, float]:
    """Return what is drawn of a row: its value, both ends of its interval, and the published value."""
    points = {}
    interval = task.intervals(row).get(RANKED_BY)
    if row.headline and RANKED_BY in row.headline.metrics:
        points["value"] = row.headline.metrics[RANKED_BY]
    if interval is not None and interval.known:
        points |= {"low": interval.low, "high": interval.high}
    if (published := _published(row)) is not None:
        points["published"] = published.published
    return points


def _published(row: Row) -> PublishedScore | None:
    return next((score for score in row.published if score.metric == RANKED_BY), None)


def _scale(task: BoardTask) -> tuple[float, float]:
    """Return the ends of the scale on which all rows of a task are drawn."""
    values = [value for row in task.rows for value in _points(task, row).values()]
    if not values:
        return 0.0, 1.0
    low = max(0.0, math.floor(min(values) / STEP) * STEP)
    high = min(1.0, math.ceil(max(values) / STEP) * STEP)
    return (low, high) if high > low else (max(0.0, low - STEP), min(1.0, high + STEP))


def _bar(task: BoardTask, row: Row, scale: tuple[float, float]) -> dict[str, float] | None:
    """Return places on the scale, in per cent: of the value, the interval with its width, and the published value."""
    low, high = scale
    places = {name: round(100 * (point - low) / (high - low), 1) for name, point in _points(task, row).items()}
    if "value" not in places:
        return None
    bar = {"v": places["value"]}
    if "low" in places:
        bar |= {"l": places["low"], "w": round(places["high"] - places["low"], 1)}
    if "published" in places:
        bar["p"] = places["published"]
    return bar
