"""Results of targets that are no class: values of two dimensions, and votes on three classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from emobench_plugins.metrics import distributions, values

from emobench.boards.board import Board, Row
from emobench.boards.ranking import build_board
from emobench.contracts import Split, Target
from emobench.records.predictions import predictions_table
from emobench.records.record import PartCount
from emobench.scoring.metrics import meaningful
from emobench.scoring.scores import score
from tests.support.boards import Made
from tests.support.factories import CLASSES, built_in_metrics, cell, identity, record

AFFECT = Target("affect", "values", ("valence", "arousal"), ((1.0, 7.0), None))
VOTES = Target("votes", "distribution", CLASSES)
METRICS = {
    metric.name: metric
    for metric in (*built_in_metrics(), *values.emobench_metrics(), *distributions.emobench_metrics())
}
N = 120


def _samples(n: int, label: Any) -> pd.DataFrame:
    names = [f"clip-{number:04d}" for number in range(n)]
    groups = [f"speaker-{number % 12}" for number in range(n)]
    return pd.DataFrame({"sample_id": names, "part": "test", "label": label, "group": groups})


def values_table(error: float, seed: int = 1, n: int = N) -> pd.DataFrame:
    """Return predictions of values that are off by an error with this deviation; the truth is always the same."""
    truth = np.random.default_rng(0).uniform(1, 7, (n, 2))
    predicted = truth + np.random.default_rng(seed).normal(0, error, truth.shape)
    samples = _samples(n, "").assign(true_valence=truth[:, 0], true_arousal=truth[:, 1])
    return predictions_table(AFFECT.names, predicted, samples)


def votes_table(error: float, seed: int = 1, n: int = N) -> pd.DataFrame:
    """Return probabilities that are off from the votes of five raters; the votes are always the same."""
    likely = np.random.default_rng(0).dirichlet([1, 1, 1], n)
    votes = np.stack([np.random.default_rng(place).multinomial(5, each) for place, each in enumerate(likely)])
    predicted = votes / 5 + np.random.default_rng(seed).uniform(0.01, error, votes.shape)
    truth = np.asarray(CLASSES, dtype=object)[votes.argmax(axis=1)]
    columns = {f"true_{name}": votes[:, place].astype(float) for place, name in enumerate(CLASSES)}
    return predictions_table(
        CLASSES, predicted / predicted.sum(axis=1, keepdims=True), _samples(n, truth).assign(**columns)
    )


def told(experiment: str, target: Target, table: pd.DataFrame, *, dropped: int = 0, **changes: Any) -> Made:
    """Return a finished record of a target with the scores of its predictions; ``changes`` are the cell's."""
    split = Split({"train": ("other",), "test": tuple(table["sample_id"])}).hashes
    what = identity(labels=target.name, classes=target.names, target=target, split=split, code={"net": experiment})
    of = cell(experiment, what=what, **({"ranked_by": "ccc" if target is AFFECT else "jensen_shannon"} | changes))
    scores = score(table, target.names, ("test",), meaningful(what, METRICS.values()))
    counts = {"test": PartCount(attempted=len(table) + dropped, dropped=dropped)}
    return record(of, scores=scores, counts=counts), table


def board(*made: Made) -> Board:
    """Return the board of results with their predictions."""
    predictions = {one.cell.id: table for one, table in made}
    return build_board([one for one, _ in made], predictions=predictions, metrics=METRICS)


def only(of: Board) -> Row:
    """Return the one row of a board."""
    ((row,),) = (task.rows for task in of.tasks)
    return row
