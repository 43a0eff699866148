"""Boards, what is on them, and how their pages are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.boards.board import Board, Missing
from emobench.boards.csv import render_csv
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.departures import ChangedSetting, SampleCount
from emobench.records.identity import Component
from emobench.records.predictions import predictions_table
from emobench.records.record import Record, Selection
from emobench.scoring.scores import score
from tests.support.factories import CLASSES, built_in_metrics, cell, failed, identity, record, scores, sha256

RENDERERS: dict[str, Callable[[Board], str]] = {
    "markdown": lambda board: render_markdown(board, title="Demo"),
    "csv": render_csv,
    "json": render_json,
}


SHORT = ChangedSetting(setting="epochs", value=2, suite=6)


MISSING = [Missing("huge-net", "needs 80 GiB", "faces"), Missing("a-corpus", "no copy found")]


def measured(experiment: str, accuracy: float, uar: float = 0.5, **changes: Any) -> Record:
    """A finished record with a given standing."""
    of = cell(experiment, **changes)
    return record(of, scores=scores(of.identity.test_parts, accuracy=accuracy, balanced_accuracy=uar))


def two_parts(**changes: Any) -> Any:
    split = {"train": sha256("train"), "public": sha256("public"), "private": sha256("private")}
    return identity(split=split, protocol=Component(name="official"), **changes)


def several() -> list[Record]:
    """A board with all that may be on one."""
    net, sound = cell("net"), cell("sound", published={"accuracy": 0.65, "f1_weighted": 0.6}, note="See | the paper.")
    fused = identity(
        model=None,
        schedule=None,
        representations=(),
        fusion=Component(name="average"),
        members=(net.id, "0123456789abcdef"),
    )
    return [
        record(net, scores=scores(accuracy=0.7)),
        record(sound, scores=scores(accuracy=0.625)),
        record(cell("both", what=fused), scores=scores(accuracy=0.71)),
        failed(cell("broken", published={"accuracy": 0.5}), message="no room in /home/me/data/cache/x.npy | <sorry>"),
        record(
            cell("two", what=two_parts(), headline="private", departures=(SHORT, SampleCount(found=60, official=7442)))
        ),
        record(cell("twin", what=identity(fingerprint=sha256("twin")), provenance="synthetic")),
    ]


def weighted(learnt: dict[str, Any]) -> tuple[list[Record], Record]:
    """Two members, and the record of a fusion of them that learnt something."""
    members = [record(cell(name)) for name in ("net", "sound")]
    what = identity(
        model=None,
        schedule=None,
        representations=(),
        fusion=Component(name="weighted"),
        members=tuple(one.cell.id for one in members),
    )
    selection = Selection(kind="fusion", samples=18)
    return members, record(cell("both", what=what), learnt=learnt, selection=selection)


def tables(markdown: str) -> list[list[dict[str, str]]]:
    """Every pipe table of a page, as GitHub reads it: a backslash keeps a pipe from ending an entry."""
    found = []
    for block in re.split(r"\n\s*\n", markdown):
        lines = block.strip().splitlines()
        if len(lines) < 2 or not re.fullmatch(r"\|(:?-+:?\|)+", lines[1]):
            continue
        entries = [[entry.strip() for entry in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
        assert len({len(line) for line in entries}) == 1, block
        found.append([dict(zip(entries[0], line, strict=True)) for line in entries[2:]])
    return found


def rankings(markdown: str) -> list[list[dict[str, str]]]:
    return [table for table in tables(markdown) if "F1 (macro)" in table[0]]


METRICS = {metric.name: metric for metric in built_in_metrics()}


N = 240


Made = tuple[Record, pd.DataFrame]


def table(right: NDArray[np.bool_], *, groups: int = 0, part: str = "test") -> pd.DataFrame:
    """Return predictions that are right where told, of samples whose groups stand one after another."""
    n = len(right)
    truth = np.arange(n) % 3
    labels = pd.DataFrame(
        {
            "sample_id": [f"clip-{number:04d}" for number in range(n)],
            "part": part,
            "label": np.asarray(CLASSES, dtype=object)[truth],
            "group": [f"speaker-{number * groups // n}" if groups else "" for number in range(n)],
        }
    )
    return predictions_table(CLASSES, np.eye(3)[np.where(right, truth, (truth + 1) % 3)], labels)


def chance(share: float, seed: int, n: int = N) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(n) < share


def first(share: float, n: int = N) -> NDArray[np.bool_]:
    return np.arange(n) < share * n


def made(experiment: str, predictions: pd.DataFrame, **changes: Any) -> Made:
    """Return a finished record with the scores of its predictions."""
    of = cell(experiment, what=identity(**({"code": {"net": sha256(experiment)}} | changes)))
    return record(of, scores=score(predictions, CLASSES, of.identity.test_parts, METRICS.values())), predictions


def board(*rows: Made, without: tuple[str, ...] = (), attributes: dict[str, pd.DataFrame] | None = None) -> Board:
    predictions = {one.cell.id: said for one, said in rows if one.cell.experiment not in without}
    return build_board([one for one, _ in rows], predictions=predictions, metrics=METRICS, attributes=attributes)


def ranks(of: Board) -> dict[str, int | None]:
    return {row.cell.experiment: row.rank for task in of.tasks for row in task.rows}


def uncertainty(of: Board) -> Any:
    (task,) = of.tasks
    return task.uncertainty
