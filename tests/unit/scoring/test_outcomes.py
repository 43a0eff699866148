"""Predictions of votes and of values: what is read, scored and resampled."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.contracts import Target
from emobench.errors import EmobenchError
from emobench.records.predictions import predictions_table
from emobench.scoring import bootstrap_interval, paired_bootstrap, score
from emobench.scoring.outcomes import outcomes
from tests.support.factories import built_in_metrics, metrics_of_numbers

NAMES, CLASSES = ("valence", "arousal"), ("a", "b", "c")
METRICS = {metric.name: metric for metric in (*built_in_metrics(), *metrics_of_numbers())}
N = 60


def truth(**columns: Any) -> pd.DataFrame:
    groups = [f"g{place % 10}" for place in range(N)]
    ids = [f"s{place:02}" for place in range(N)]
    return pd.DataFrame({"sample_id": ids, "part": "test", "label": "", "group": groups, **columns})


def of_values(noise: float = 0.5, seed: int = 7) -> pd.DataFrame:
    true = np.random.default_rng(0).normal(4, 1, (N, 2))
    said = true + np.random.default_rng(seed).normal(0, noise, (N, 2))
    return predictions_table(NAMES, said, truth(true_valence=true[:, 0], true_arousal=true[:, 1]))


def of_votes(seed: int = 0) -> pd.DataFrame:
    votes = np.random.default_rng(1).multinomial(6, [0.5, 0.3, 0.2], size=N)
    labels = np.asarray(CLASSES, dtype=object)[votes.argmax(axis=1)]
    said = np.random.default_rng(seed).dirichlet(np.ones(3) + votes.mean(axis=0), N)
    return predictions_table(
        CLASSES,
        said,
        truth(**{f"true_{name}": votes[:, place] for place, name in enumerate(CLASSES)}).assign(label=labels),
    )


def test_values_have_the_metrics_of_values_alone_and_each_dimension_its_own() -> None:
    table = of_values()
    scores = score(table, NAMES, ("test",), METRICS.values())["test"]
    assert set(scores.metrics) == {
        f"{metric}{of}" for metric in ("ccc", "pcc", "rmse", "mae") for of in ("", ".valence", ".arousal")
    }
    assert scores.metrics["rmse"] == pytest.approx(
        np.mean([scores.metrics["rmse.valence"], scores.metrics["rmse.arousal"]])
    )
    assert (scores.per_class, scores.confusion, scores.human) == ((), (), {})
    assert set(table["prediction"]) == {""}


def test_votes_are_scored_as_shares_and_by_the_class_with_most_of_them() -> None:
    table = of_votes()
    scores = score(table, CLASSES, ("test",), METRICS.values())["test"]
    votes = table[["true_a", "true_b", "true_c"]].to_numpy()
    shares, said = votes / votes.sum(axis=1, keepdims=True), table[["p_a", "p_b", "p_c"]].to_numpy(dtype=float)
    assert scores.metrics["accuracy"] == pytest.approx((said.argmax(axis=1) == votes.argmax(axis=1)).mean())
    assert scores.metrics["cross_entropy"] == pytest.approx(-(shares * np.log(said)).sum(axis=1).mean(), rel=1e-5)
    assert 0 < scores.human["accuracy"] < 1
    assert "ccc" not in scores.metrics
    # Of the mean votes the likelihood is the cross-entropy of two means: the entropy of the mean.
    mean = shares.mean(axis=0)
    assert scores.constant["cross_entropy"] == pytest.approx(-(mean * np.log(mean)).sum())
    assert scores.constant["jensen_shannon"] < scores.metrics["jensen_shannon"]


def test_the_interval_of_ccc_is_over_groups_and_holds_its_value() -> None:
    table = of_values()
    interval = bootstrap_interval(table, METRICS["ccc"], NAMES, resamples=300)
    assert (interval.unit, interval.units) == ("group", 10)
    assert interval.holds(score(table, NAMES, ("test",), [METRICS["ccc"]])["test"].metrics["ccc"])


def test_two_results_of_values_are_compared_on_the_same_resamples() -> None:
    difference = paired_bootstrap(of_values(0.2, 1), of_values(3.0, 2), METRICS["rmse"], NAMES, resamples=300)
    assert difference.value < -1
    assert difference.p is not None
    assert difference.p < 0.01


def test_a_metric_of_another_kind_is_refused() -> None:
    with pytest.raises(
        EmobenchError, match="metric 'accuracy' measures targets of kind 'class', and these are 'values'"
    ):
        bootstrap_interval(of_values(), METRICS["accuracy"], NAMES, resamples=10)


def test_a_value_that_is_not_finite_is_refused() -> None:
    table = of_values().assign(p_arousal=np.nan)
    with pytest.raises(EmobenchError, match="a value is not finite"):
        outcomes(table, NAMES)


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize("name", [metric.name for metric in metrics_of_numbers()])
def test_resampled_means_and_rows_give_the_same_distribution(name: str, grouped: bool) -> None:
    metric = METRICS[name]
    table, names = (of_values(), NAMES) if metric.kind == "values" else (of_votes(), CLASSES)
    table = table if grouped else table.assign(group="")
    quick = bootstrap_interval(table, metric, names, resamples=20_000)
    slow = bootstrap_interval(table, dataclasses.replace(metric, each=None), names, resamples=1000)
    assert slow.unit == quick.unit == ("group" if grouped else "sample")
    assert slow.low is not None
    assert quick.low is not None
    assert quick.high is not None
    width = quick.high - quick.low
    assert (slow.low, slow.high) == pytest.approx((quick.low, quick.high), abs=0.12 * width)


def test_what_samples_add_is_not_used_where_it_is_not_the_metric() -> None:
    metric = dataclasses.replace(METRICS["mae"], each=lambda truth, said, names: np.full((len(truth), 1), 7.0))
    interval = bootstrap_interval(of_values(), metric, NAMES, resamples=100)
    assert interval.high is not None
    assert interval.high < 1


def test_predictions_outside_of_the_stated_range_are_counted() -> None:
    target = Target("affect", "values", NAMES, ((1.0, 7.0), None))
    table = of_values().assign(p_valence=np.where(np.arange(N) < 3, 7.5, 4.0), p_arousal=1e3)
    assert score(table, NAMES, ("test",), [METRICS["ccc"]], target)["test"].outside == 3
    assert score(table, NAMES, ("test",), [METRICS["ccc"]])["test"].outside == 0
