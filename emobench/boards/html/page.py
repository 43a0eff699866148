"""What the template of the page shows of a board, and the page itself."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.boards.board import Board, BoardTask, PublishedScore, Row
from emobench.boards.html import figures, rows, sources
from emobench.boards.html.blocks import blocks, inline
from emobench.boards.html.links import Links, outside
from emobench.boards.overview import TaskLine, model_of, overview
from emobench.boards.sections import audits, matrix, origins, pairs, uncertainty
from emobench.boards.sections import overview as sections
from emobench.boards.sections import tasks as task_blocks
from emobench.boards.tables import SCORE, written
from emobench.boards.text import NONE, count, decimal, percent, plain, whole_percent
from emobench.boards.units import difference, heading, is_share, short
from emobench.contracts import Kind
from emobench.records import EXPOSURE_MEANING, EXPOSURES, METRICS, PROVENANCE_MEANING, TRAINED_HERE, UAR, metric_title

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
SHOWN: Mapping[Kind, tuple[str, ...]] = {
    "class": ("f1_weighted", "f1_macro"),
    "distribution": ("balanced_accuracy", "entropy_correlation"),
    "values": ("pcc", "mae"),
}
"""Metrics that stand in the ranking without an interval, by the kind of target; all others are in the panel of the row."""

SPLITS = {"leaky": "leaky split", "apart": "people apart", "unknown": "people unknown"}
"""What the page says of a task whose people are so."""

EXPOSURE_CLASS: Mapping[str, str] = {"unseen": "fair", "unknown": "doubtful", "seen": "alarm"}
"""The badge of a row to how the page's style shows it."""

STEP = 0.05
"""Ends of the common scale of a task are multiples of it."""


def render_html(
    board: Board,
    *,
    title: str,
    below: str = "",
    verdicts: Mapping[str, Any] | None = None,
    built_in: frozenset[str] = frozenset(),
    links: Links | None = None,
) -> str:
    """Return the board as one page that needs no network and no other file.

    The ranking, the claims and everything that concerns a whole task are in the markup, so that they can be read without a
    script. The figures of a row are drawn by the page's own script when the row is opened, as SVG and tables: drawn in
    advance (by matplotlib, say, some 20 kB a figure), they would be 50 MB for 500 rows. A content security policy
    forbids the page everything but its own script.

    Args:
        board: from :func:`emobench.boards.build_board`.
        title: of the page.
        below: a line below the title.
        verdicts: claims beside measured values, from :func:`emobench.boards.for_page`.
        built_in: the suites that come with emobench, which every reader can run.
        links: to what stands beside the page; without any the page is alone.
    """
    links = links or Links()
    shown = overview(board, verdicts["verdicts"] if verdicts else None)
    lines = {line.task: line for line in shown.lines}
    metric = sections.common_metric(shown.ranked)
    ordered = sorted(board.tasks, key=lambda task: lines[task.id].few)
    kinds = [kind for kind in SHOWN if any(task.kind == kind for task in board.tasks)] or ["class"]
    script = _environment().get_template("page.js").render(kinds=kinds, badged=bool(_badges(board)))
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=title,
            below=below,
            versions=", ".join(sorted({record.emobench for record in board.records})) or NONE,
            commands=origins.commands(board, built_in),
            others=list(origins.other_suites(board, built_in)),
            levels=_levels(board),
            exposures={kind: meaning for kind, meaning in EXPOSURE_MEANING.items() if kind in _badges(board)},
            exposure_class=EXPOSURE_CLASS,
            cards=[sections.card(card) for card in shown.cards],
            lines=[_line(line, sections.score_name(line, metric, shown.ranked)) for line in shown.ranked],
            metric=metric,
            score_heading=sections.score_heading(metric, shown.ranked),
            bars=sections.with_bars(shown.ranked),
            uar=sections.with_classes(shown.ranked),
            kinds=kinds,
            matrices=blocks(matrix.of_board(board), level=2),
            few=[inline(text) for text in sections.few(shown)],
            figures=figures.figures(board, lines),
            filters=_filters(board),
            columns=_columns(kinds),
            tasks=[_task(board, task, lines[task.id]) for task in ordered],
            premiums=blocks(pairs.of_board(board), level=2),
            verdicts=verdicts,
            links=links,
            missing=board.missing and blocks([task_blocks.missing(board.missing)]),
            counted=_counted(board, verdicts),
            data=script_json(_data(board, verdicts, links)),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
            dash=NONE,
        )
    )


def _levels(board: Board) -> dict[str, str]:
    present = {task.provenance for task in board.tasks}
    return {level: meaning for level, meaning in PROVENANCE_MEANING.items() if level in present}


def _counted(board: Board, verdicts: Mapping[str, Any] | None) -> dict[str, int]:
    all_rows = [row for task in board.tasks for row in task.rows]
    return {
        "tasks": len(board.tasks),
        "rows": len(all_rows),
        "failed": sum(row.record.status == "failed" for row in all_rows),
        "claims": sum(verdicts["verdicts"].values()) if verdicts else 0,
        "missing": len(board.missing),
    }


def _columns(kinds: Iterable[Kind]) -> list[tuple[str, str, bool]]:
    """Return the columns of rankings that a reader may choose: what addresses each, its name, and whether it is shown.

    The first metric of each kind is, until the reader chooses.
    """
    metrics = {name: place == 0 for kind in kinds for place, name in enumerate(SHOWN[kind])}
    costs = [(name, said, False) for name, said in rows.COSTS.items()]
    return [*((name, metric_title(name), first) for name, first in metrics.items()), *costs]


def _filters(board: Board) -> dict[str, list[str]]:
    """Return what rows can be chosen by, with the values that there are; one value is no choice."""
    all_rows = [(task, row) for task in board.tasks for row in task.rows]
    found: dict[str, Iterable[str]] = {
        "dataset": sorted({board.titles.dataset(task.dataset) for task in board.tasks}, key=str.lower),
        "modality": sorted({rows.modality(board, row) for _, row in all_rows}),
        "model": sorted({board.titles.model(row.record) for _, row in all_rows}, key=str.lower),
        "provenance": _levels(board),
        "exposure": _badges(board),
        "split": [said for people, said in SPLITS.items() if any(task.people == people for task in board.tasks)],
    }
    chosen = {name: [value for value in values if value] for name, values in found.items()}
    return {name: values for name, values in chosen.items() if len(values) > 1}


def _badges(board: Board) -> list[str]:
    """Return the badges of the rows, from the best to the worst; none where all rows are trained here."""
    there = {row.badge for task in board.tasks for row in task.rows}
    return [said for said in (TRAINED_HERE, *EXPOSURES) if said in there] if there - {TRAINED_HERE} else []


def _data(board: Board, verdicts: Mapping[str, Any] | None, links: Links) -> dict[str, Any]:
    """Return what the page's script reads."""
    texts, answered, badged = rows.Texts(), sources.papers(verdicts), bool(_badges(board))
    found = {
        row.cell.id: {
            "task": place,
            **rows.content(board, task, row, texts),
            **({"exposure": texts(row.badge)} if badged else {}),
            "sources": [texts(each) for each in sources.entries(board.titles, row, answered.get(row.cell.id, {}))],
        }
        for place, task in enumerate(board.tasks)
        for row in task.rows
    }
    about = [
        {
            "classes": list(task.classes),
            "part": task.headline,
            "data": f"{board.titles.dataset(task.dataset)}, {task.protocol.name} split",
            "leading": [texts(metric_title(name, task.metrics)) for name in task.leading],
            **_more_of(task),
        }
        for task in board.tasks
    ]
    return {"rows": found, "tasks": about, "costs": list(rows.COSTS.items()), "cells": links.cells, "texts": texts.all}


def _more_of(task: BoardTask) -> dict[str, Any]:
    """Return what the script is told of a task whose target is no class: which leading metrics are in per cent."""
    return {} if task.kind == "class" else {"shares": [is_share(name, task.metrics) for name in task.leading]}


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


def _line(line: TaskLine, name: str) -> dict[str, Any]:
    """Return a line of the overview; ``name``: of its score, where the heading does not say it."""
    best = line.best
    return {
        "line": line,
        "anchor": f"task-{line.task}",
        "split": inline(sections.split_in_words(line)),
        "metric": name,
        "label": heading(line.metric),
        "score": short(line.metric, best.score.value) if best else NONE,
        "span": f"[{short(line.metric, best.score.low)}, {short(line.metric, best.score.high)}]"
        if best and best.score.low is not None
        else "",
        "bar": _whole_bar(line) if is_share(line.metric) else {},
        "paper": sections.paper_in_words(best) if best else NONE,
        "uar": percent(best.uar.value) if best and best.uar else NONE,
        "by_uar": line.ranked_by == UAR,
        "beside": sections.beside(line, best) if best else "",
        "none": sections.NO_LEADER[line.no_leader] if line.no_leader else "",
        "n": count(line.n),
    }


def _whole_bar(line: TaskLine) -> dict[str, float]:
    """Return places on the bar of a line, in per cent: value, interval with its width, published value, chance."""
    best, places = line.best, {}
    if best is None:
        return {}
    places["v"] = best.score.value
    if best.score.low is not None and best.score.high is not None:
        places |= {"l": best.score.low, "w": best.score.high - best.score.low}
    if best.published is not None and best.comparable:
        places["p"] = best.published
    if line.chance is not None:
        places["c"] = line.chance
    return {name: round(100 * place, 1) for name, place in places.items()}


def _task(board: Board, task: BoardTask, line: TaskLine) -> dict[str, Any]:
    scale = _scale(task)
    tiers = [list(group) for _, group in groupby(task.rows, key=lambda row: row.rank)]
    found = line.duplicates
    return {
        "task": task,
        "anchor": f"task-{task.id}",
        "few": line.few,
        "duplicates": f"{whole_percent(found.share)} of the test {found.things} in training" if found else "",
        "apart": line.apart,
        "split": SPLITS[task.people],
        "title": board.titles.dataset(task.dataset),
        "homepage": outside(board.titles.reference("datasets", task.dataset).homepage),
        "cost": figures.cost(board, task, line),
        "chance": task_blocks.by_chance(task),
        "told": task_blocks.told_in_short(task),
        "human": task_blocks.human_in_words(task.human),
        "shown": [(name, metric_title(name)) for name in SHOWN[task.kind]],
        "about": blocks([task_blocks.about(task), *uncertainty.above(task), *task_blocks.clean_subsets(task)], level=3),
        "below": blocks(uncertainty.below(task), level=3),
        "paired": blocks(pairs.of_task(task), level=3),
        "audits": blocks(audits.of_task(task), level=3),
        "scale": [f"{end:.2f}" for end in scale],
        "published": any(row.published for row in task.rows),
        "cleaned": any(row.clean for row in task.rows),
        "rows": [
            _row(board, task, row, scale) | {"first": place == 0, "odd": tier % 2 == 1, "size": len(group)}
            for tier, group in enumerate(tiers)
            for place, row in enumerate(group)
        ],
        "leading": [(name, metric_title(name)) for name in task.leading],
    }


def _row(board: Board, task: BoardTask, row: Row, scale: tuple[float, float]) -> dict[str, Any]:
    metrics = row.headline.metrics if row.headline else {}
    counts = row.count(row.cell.headline)
    model, inputs, *_ = task_blocks.what_row(row)
    return {
        "row": row,
        "name": model_of(board, row),
        "what": inline((model, f", on {inputs}")),
        "remark": task_blocks.remark(row, shown=1),
        "n": count(row.headline.n) if row.headline else NONE,
        "dropped": counts.dropped if counts and row.headline else 0,
        "scores": [(decimal(metrics.get(name)), _span(task, row, name)) for name in task.leading],
        "others": [decimal(metrics.get(name)) for name in SHOWN[task.kind]],
        "published": _published(row),
        "change": _change(row),
        "clean": (decimal(clean.scores.get(task.ranked_by)), count(clean.n)) if (clean := row.clean) else None,
        "bar": _bar(task, row, scale),
    }


def _span(task: BoardTask, row: Row, metric: str) -> str:
    interval = task.intervals(row).get(metric)
    return plain(written(interval, SCORE)) if interval is not None and row.headline else ""


# --------------------------------------------------------------------------------------------- the common scale


def _points(task: BoardTask, row: Row) -> dict[str, float]:
    """Return what is drawn of a row: its value, both ends of its interval, and the published value."""
    points = {}
    interval = task.intervals(row).get(task.ranked_by)
    if row.headline and task.ranked_by in row.headline.metrics:
        points["value"] = row.headline.metrics[task.ranked_by]
    if interval is not None and interval.ends:
        points |= dict(zip(("low", "high"), interval.ends, strict=True))
    if (published := _published(row)) is not None:
        points["published"] = published.published
    return points


def _change(row: Row) -> str:
    """Return measured minus published, in words; empty where one of the two is missing."""
    found = _published(row)
    if found is None or found.difference is None:
        return ""
    return (
        f"{found.points:+.2f} points"
        if found.points is not None
        else difference(found.metric, found.difference, signed=True)
    )


def _published(row: Row) -> PublishedScore | None:
    return next((one for one in row.published if one.metric == row.cell.ranked_by), None)


def _scale(task: BoardTask) -> tuple[float, float]:
    """Return the ends of the scale on which all rows of a task are drawn."""
    values = [value for row in task.rows for value in _points(task, row).values()]
    if not values:
        return 0.0, 1.0
    known = METRICS[task.ranked_by]
    low = max(known.low, math.floor(min(values) / STEP) * STEP)
    high = min(known.high, math.ceil(max(values) / STEP) * STEP)
    return (low, high) if high > low else (max(known.low, low - STEP), min(known.high, high + STEP))


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
