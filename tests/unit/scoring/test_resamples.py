"""Metrics on resamples: from confusion matrices where they are enough, else from the rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench.contracts.metric import Metric
from emobench.errors import EmobenchError
from emobench.scoring.bootstrap import bootstrap_interval
from emobench.scoring.resamples import Resamples
from tests.support.factories import CLASSES, built_in_metrics, predictions
from tests.support.outcomes import ends, outcomes, right_and_wrong, ungrouped

METRICS = {metric.name: metric for metric in built_in_metrics()}


def renamed(metric: Metric) -> Metric:
    """The same metric under a name for which there is no formula."""
    return dataclasses.replace(metric, name=f"my_{metric.name}")


@pytest.mark.parametrize(
    ("table", "name"), [(predictions(80), "f1_macro"), (ungrouped(80), "balanced_accuracy")], ids=["groups", "samples"]
)
def test_matrices_and_rows_give_the_same_distribution(table: pd.DataFrame, name: str) -> None:
    quick = bootstrap_interval(table, METRICS[name], CLASSES, resamples=20_000)
    slow = bootstrap_interval(table, renamed(METRICS[name]), CLASSES, resamples=400)
    assert ends(slow) == pytest.approx(ends(quick), abs=0.04)
    assert slow.unit == quick.unit


def test_a_metric_that_only_has_a_known_name_is_called() -> None:
    table = ungrouped()
    mine = Metric("accuracy", "mine", lambda truth, probabilities, classes: float(probabilities[:, 0].mean()))
    interval = bootstrap_interval(table, mine, CLASSES, resamples=200)
    assert interval.holds(table["p_angry"].mean())


def test_a_metric_that_fails_is_named() -> None:
    def fail(truth: NDArray[np.int64], probabilities: NDArray[np.float64], classes: tuple[str, ...]) -> float:
        return 1 / (len(np.unique(truth)) - 2)  # well with three classes, not where a resample has two

    table = outcomes(["angry"] * 8 + ["happy"] * 8 + ["sad"], ["angry"] * 17)
    with pytest.raises(EmobenchError, match=r"'mine' cannot be computed .* ZeroDivisionError"):
        bootstrap_interval(table, Metric("mine", "mine", fail), CLASSES)


def test_resamples_differ_as_binomial_draws_do() -> None:
    data = Resamples([right_and_wrong([place < 70 for place in range(100)])], CLASSES, 20_000, 0)
    ((values, units, sign),) = data.drawn(METRICS["accuracy"])
    assert (values.shape, units, sign) == ((1, 20_000), 100, 1)
    assert values.mean() == pytest.approx(0.7, abs=0.002)
    assert values.std() == pytest.approx(np.sqrt(0.7 * 0.3 / 100), rel=0.03)


def test_tables_are_resampled_together() -> None:
    right = [place % 3 > 0 for place in range(90)]
    tables = [right_and_wrong(right), right_and_wrong([not one for one in right])]
    for metric in (METRICS["accuracy"], renamed(METRICS["accuracy"])):
        ((values, _, _),) = Resamples(tables, CLASSES, 50, 0).drawn(metric)
        np.testing.assert_allclose(values.sum(axis=0), 1)


def test_a_resample_without_a_class_of_a_macro_average_has_no_value() -> None:
    truth = ["angry"] * 120 + ["happy"] * 120 + ["sad"] * 10
    groups = [f"speaker-{place % 40}" for place in range(240)] + [f"speaker-{place % 5}" for place in range(10)]
    data = Resamples([outcomes(truth, truth, groups)], CLASSES, 20_000, 0)
    ((values, units, _),) = data.drawn(METRICS["balanced_accuracy"])
    assert units == 40
    assert np.isnan(values).mean() == pytest.approx((35 / 40) ** 40, abs=0.0015)
    ((values, _, _),) = data.drawn(METRICS["accuracy"])
    assert not np.isnan(values).any()
