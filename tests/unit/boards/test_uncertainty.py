"""What predictions add to a board: intervals, tiers, what a test could find, several seeds."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.scoring.bootstrap import bootstrap_interval, bootstrap_intervals
from emobench.scoring.power import smallest_detectable_difference
from emobench.scoring.scores import score
from emobench.scoring.significance import mcnemar
from emobench.scoring.units import unit_of
from tests.support import kinds
from tests.support.boards import (
    METRICS,
    N,
    board,
    chance,
    first,
    made,
    ranks,
    table,
    uncertainty,
)
from tests.support.factories import CLASSES, cell, failed, identity, record, sha256
from tests.support.kinds import AFFECT, told, values_table

WITH_INTERVAL = [name for name, metric in METRICS.items() if metric.interval]


@pytest.mark.parametrize("groups", [0, 12])
def test_every_interval_is_that_of_the_headline_part(groups: int) -> None:
    parts = {"public": sha256("public"), "private": sha256("private")}
    both = pd.concat(
        [
            table(chance(0.3, 1), groups=groups, part="public").assign(
                sample_id=lambda of: "public-" + of["sample_id"]
            ),
            table(chance(0.7, 2), groups=groups, part="private"),
        ]
    )
    of = cell("net", what=identity(split={"train": sha256("train"), **parts}), headline="private")
    one = record(of, scores=score(both, CLASSES, ("public", "private"), METRICS.values()))
    found = build_board([one], predictions={of.id: both}, metrics=METRICS).intervals[of.id]
    headline = both[both["part"] == "private"]
    assert found == {name: bootstrap_interval(headline, METRICS[name], CLASSES) for name in WITH_INTERVAL}


@pytest.mark.parametrize("groups", [0, 12])
def test_resamples_drawn_once_give_what_each_metric_gives_alone(groups: int) -> None:
    seeds = [table(chance(0.6, seed), groups=groups) for seed in range(3)]
    metrics = [METRICS["log_loss"], *(METRICS[name] for name in WITH_INTERVAL)]
    together = bootstrap_intervals(seeds, metrics, CLASSES, resamples=20)
    assert together == {metric.name: bootstrap_interval(seeds, metric, CLASSES, resamples=20) for metric in metrics}


def test_order_of_the_rows_of_a_table_does_not_matter() -> None:
    whole = table(chance(0.6, 1), groups=12)
    for name in WITH_INTERVAL:
        mixed = whole.sample(frac=1, random_state=1)
        assert bootstrap_interval(mixed, METRICS[name], CLASSES) == bootstrap_interval(whole, METRICS[name], CLASSES)


def test_interval_on_the_board_is_near_scipys() -> None:
    right = chance(0.6, 3, 3000)
    (interval,) = (by["accuracy"] for by in board(made("net", table(right))).intervals.values())
    reference = scipy.stats.bootstrap(
        (right.astype(float),), np.mean, method="percentile", n_resamples=200, vectorized=True, rng=1
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high), abs=0.003)


def test_equal_predictions_share_a_rank_and_a_better_row_does_not() -> None:
    rows = [made("a", table(first(0.9))), made("b", table(first(0.5))), made("c", table(first(0.5)))]
    assert ranks(board(*rows)) == {"a": 1, "b": 2, "c": 2}


def test_rank_after_a_tier_counts_the_rows_before() -> None:
    shares = {"a": 0.9, "b": 0.89, "c": 0.88, "d": 0.5}
    assert ranks(board(*(made(name, table(first(share))) for name, share in shares.items()))) == {
        "a": 1,
        "b": 1,
        "c": 1,
        "d": 4,
    }


def test_a_row_is_compared_with_the_first_of_its_tier() -> None:
    # Each of them differs from the next by five samples, which exact McNemar does not see (p = 0.0625): a and c do differ.
    shares = {"a": 100 / N, "b": 95 / N, "c": 90 / N, "d": 85 / N}
    rows = {name: table(first(share)) for name, share in shares.items()}
    pairs = list(itertools.combinations(rows, 2))
    p = {pair: mcnemar(rows[pair[0]], rows[pair[1]]).p for pair in pairs}
    assert p["a", "b"] == pytest.approx(0.0625)
    assert len(pairs) * p["a", "c"] < 0.05
    assert ranks(board(*(made(name, one) for name, one in rows.items()))) == {"a": 1, "b": 1, "c": 3, "d": 3}


def test_holms_correction_is_over_the_pairs_of_the_task() -> None:
    better, worse = table(first(0.5)), table(first(0.5 - 6 / N))
    assert mcnemar(better, worse).p == pytest.approx(2 / 2**6)
    assert ranks(board(made("a", better), made("b", worse))) == {"a": 1, "b": 2}
    same = [made(name, worse) for name in ("c", "d", "e")]
    assert ranks(board(made("a", better), made("b", worse), *same)) == dict.fromkeys("abcde", 1)


def test_where_samples_come_in_groups_the_bootstrap_over_groups_must_agree() -> None:
    a, b = first(0.6), first(0.6)
    b[:40] = False  # one whole speaker of six
    assert mcnemar(table(a), table(b)).p < 1e-6
    assert ranks(board(made("a", table(a)), made("b", table(b)))) == {"a": 1, "b": 2}
    grouped = board(made("a", table(a, groups=6)), made("b", table(b, groups=6)))
    assert unit_of(table(a, groups=6)) == "group"
    assert ranks(grouped) == {"a": 1, "b": 1}
    assert "paired bootstrap over groups" in render_markdown(grouped, title="Demo")


def test_without_its_predictions_a_row_keeps_its_rank_by_score() -> None:
    rows = [made(name, table(first(share))) for name, share in (("a", 0.9), ("b", 0.89), ("c", 0.88))]
    some = board(*rows, without=("b",))
    assert ranks(some) == {"a": 1, "b": 2, "c": 1}
    page = render_markdown(some, title="Demo")
    assert f"predictions are not there: `{rows[1][0].cell.id}`" in page


def test_rows_with_no_sample_in_common_share_a_rank() -> None:
    other = table(first(0.1)).assign(sample_id=lambda of: "other-" + of["sample_id"])
    assert ranks(board(made("a", table(first(0.9))), made("b", other))) == {"a": 1, "b": 1}


def test_a_failed_row_takes_no_part() -> None:
    one, predictions = made("a", table(first(0.9)))
    broken = failed(cell("broken"))
    both = build_board([one, broken], predictions={one.cell.id: predictions}, metrics=METRICS)
    assert ranks(both) == {"a": 1, "broken": None}
    assert not uncertainty(both).pairs


def test_detectable_difference_is_from_the_mean_of_what_was_found() -> None:
    rows = [
        made(name, table(chance(share, place)))
        for place, (name, share) in enumerate((("a", 0.9), ("b", 0.5), ("c", 0.4)))
    ]
    found = uncertainty(board(*rows)).detectable
    shares = [mcnemar(one, other).discordant for (_, one), (_, other) in itertools.combinations(rows, 2)]
    assert found.discordant == pytest.approx(np.mean(shares))
    best = rows[0][0].scores["test"].metrics["accuracy"]
    assert found.difference == pytest.approx(smallest_detectable_difference(N, best, float(np.mean(shares))))
    assert found.found


@pytest.mark.parametrize("rows", [1, 2])
def test_rows_that_say_nothing_of_others_leave_independence(rows: int) -> None:
    one = board(*(made(f"net-{number}", table(first(0.75))) for number in range(rows)))
    found = uncertainty(one).detectable
    assert (found.found, found.discordant) == (False, pytest.approx(2 * 0.75 * 0.25))
    assert found.difference == pytest.approx(smallest_detectable_difference(N, 0.75))
    points = 100 * found.difference
    assert (
        f"On 240 samples McNemar's exact test finds a difference in accuracy of {points:.1f} points"
        in render_markdown(one, title="Demo")
    )


def test_too_few_samples_find_nothing() -> None:
    right = first(1.0, 40)
    right[0] = False  # one of 40: the largest possible difference is too small to be found
    few = board(made("net", table(right)))
    assert uncertainty(few).detectable.difference is None
    assert "On 40 samples McNemar's exact test finds no difference" in render_markdown(few, title="Demo")


def test_below_thirty_samples_there_is_no_rank() -> None:
    few, enough = (board(made("net", table(chance(0.5, 3, n)))) for n in (29, 30))
    assert (ranks(few), ranks(enough)) == ({"net": None}, {"net": 1})


def test_values_have_intervals_slices_by_their_error_and_no_bins() -> None:
    found = uncertainty(kinds.board(told("mlp", AFFECT, values_table(0.5))))
    (by_metric,) = found.intervals.values()
    assert set(by_metric) == {"ccc", "pcc", "rmse", "mae"}
    assert found.reliability == {}
    assert {one.metric for those in found.slices.values() for one in those} == {"mae"}


def test_values_are_told_apart_without_mcnemar() -> None:
    found = uncertainty(
        kinds.board(*(told(name, AFFECT, values_table(error)) for name, error in (("a", 0.3), ("b", 2.0))))
    )
    (pair,) = found.pairs
    assert pair.apart["ccc"]
    assert pair.mcnemar is None


def test_a_detectable_difference_of_errors_may_be_above_1() -> None:
    made = told("mlp", AFFECT, values_table(80.0), ranked_by="rmse")
    assert uncertainty(kinds.board(made)).detectable.difference > 1
