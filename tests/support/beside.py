"""Rows and what stands beside them, with predictions of which a known number is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from emobench.boards.paired_results import PairedResult, pair
from emobench.records.identity import Component
from emobench.records.predictions import predictions_table
from emobench.records.record import Record
from emobench.scoring.scores import score
from tests.support.factories import CLASSES, built_in_metrics, cell, identity, record, sha256

METRICS = {metric.name: metric for metric in built_in_metrics()}


N = 300


def table(right: int, *, n: int = N, ids: str = "clip", groups: bool = False, seed: int = 0) -> pd.DataFrame:
    """Return predictions of which the first ``right`` are right; six of ten samples are angry."""
    labels = np.asarray(CLASSES, dtype=object)[[0 if place % 10 < 6 else 1 + place % 2 for place in range(n)]]
    truth = pd.DataFrame(
        {
            "sample_id": [f"{ids}-{place:03d}" for place in range(n)],
            "part": "test",
            "label": labels,
            "group": [f"speaker-{place % 12}" if groups else "" for place in range(n)],
        }
    )
    columns = np.asarray([CLASSES.index(label) for label in labels])
    order = np.random.default_rng(seed).permutation(n)
    columns[order[right:]] = (columns[order[right:]] + 1) % 3
    probabilities = np.full((n, 3), 0.1)
    probabilities[np.arange(n), columns] = 0.8
    return predictions_table(CLASSES, probabilities, truth)


def made(name: str, predictions: pd.DataFrame, what: Any = None, **changes: Any) -> Record:
    """Return a record with the scores of its predictions."""
    of = cell(name, what=what or identity(code={"net": sha256(name)}), **changes)
    return record(of, scores=score(predictions, CLASSES, ("test",), METRICS.values()))


def ablation(name: str, **parameters: Any) -> Any:
    """Return the identity of an ablation."""
    component = Component(name=name, parameters={"stream": "voice", **parameters})
    return identity(trained="0123456789abcdef", control=component)


def joint_with(right: int, what: Any, note: str = "") -> tuple[Record, PairedResult]:
    """Return a row that has nine of ten right, and an ablation of it with ``right`` right."""
    own, other = table(270), table(right, seed=1)
    row = made("joint", own)
    controlled = made("controlled", other, what, control_of="joint", note=note)
    return row, pair("ablation", row, controlled, {row.cell.id: own, controlled.cell.id: other}, METRICS)
