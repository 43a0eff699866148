"""Several seeds, as people read them."""

from __future__ import annotations

import numpy as np
import pytest

from emobench.boards.markdown.page import render_markdown
from emobench.scoring.bootstrap import bootstrap_interval
from tests.support.boards import (
    METRICS,
    N,
    board,
    chance,
    made,
    table,
    tables,
    uncertainty,
)
from tests.support.factories import CLASSES, sha256

WITH_INTERVAL = [name for name, metric in METRICS.items() if metric.interval]


def test_seeds_of_one_experiment_are_one_line_with_their_mean() -> None:
    code = {"net": sha256("net")}
    rows = [made("net", table(chance(0.6, seed), groups=12), seed=seed, code=code) for seed in (3, 1, 2)]
    other = made("other", table(chance(0.6, 9), groups=12))
    several = board(*rows, other)
    (one,) = uncertainty(several).seeds
    assert (one.experiment, one.seeds, one.n) == ("net", (1, 2, 3), N)
    values = [row.scores["test"].metrics for row, _ in rows]
    assert one.means == pytest.approx({name: np.mean([each[name] for each in values]) for name in WITH_INTERVAL})
    ordered = [rows[place][1] for place in (1, 2, 0)]
    assert one.intervals["accuracy"] == bootstrap_interval(ordered, METRICS["accuracy"], CLASSES)
    assert one.intervals["accuracy"].seeds == 3
    (shown,) = (each for each in tables(render_markdown(several, title="Demo")) if "seeds" in each[0])
    assert [each["experiment"] for each in shown] == ["net"]
    assert shown[0]["accuracy, mean"].startswith(f"{one.means['accuracy']:.4f} [")


def test_cells_that_differ_in_more_than_the_seed_are_not_averaged() -> None:
    rows = [made("net", table(chance(0.6, 1)), seed=1), made("net", table(chance(0.6, 2)), seed=2, precision="bf16")]
    assert not uncertainty(board(*rows)).seeds
