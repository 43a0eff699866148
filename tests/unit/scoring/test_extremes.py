"""Intervals where every sample is right, or every one wrong."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats import proportion

from emobench.scoring.bootstrap import bootstrap_interval
from tests.support.factories import CLASSES, built_in_metrics
from tests.support.outcomes import ends, outcomes, right_and_wrong

METRICS = {metric.name: metric for metric in built_in_metrics()}

ACCURACY, UAR = METRICS["accuracy"], METRICS["balanced_accuracy"]


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("name", ["accuracy", "f1_weighted", "precision_weighted"])
def test_all_right_or_all_wrong_gives_clopper_and_pearsons_interval(right: bool, name: str) -> None:
    interval = bootstrap_interval(right_and_wrong([right] * 71), METRICS[name], CLASSES)
    low, high = proportion.proportion_confint(71 * right, 71, method="beta")
    assert ends(interval) == pytest.approx((low, high))
    assert interval.exact


def test_all_right_in_equal_classes_is_as_sure_in_uar_as_in_accuracy() -> None:
    truth = [name for name in CLASSES for _ in range(25)]
    of_uar, of_accuracy = (bootstrap_interval(outcomes(truth, truth), metric, CLASSES) for metric in (UAR, ACCURACY))
    assert ends(of_uar) == pytest.approx(ends(of_accuracy))


def test_the_exact_end_of_uar_is_the_least_mean_of_recalls_under_which_all_being_right_is_not_rare() -> None:
    support = {"angry": 200, "happy": 40, "sad": 12}
    truth = [name for name, number in support.items() for _ in range(number)]
    low, _ = ends(bootstrap_interval(outcomes(truth, truth), UAR, CLASSES))
    # By trial: of recalls under which all are right with a chance of 0.025, the least mean.
    first, second = np.meshgrid(np.linspace(0.9, 1, 500), np.linspace(0.85, 1, 500))
    third = np.exp((np.log(0.025) - 200 * np.log(first) - 40 * np.log(second)) / 12)
    means = np.where(third <= 1, (first + second + third) / 3, 1)
    assert low == pytest.approx(means.min(), abs=1e-4)


def test_all_right_in_groups_counts_the_groups() -> None:
    interval = bootstrap_interval(right_and_wrong([True] * 240, [f"s{n % 24}" for n in range(240)]), ACCURACY, CLASSES)
    assert ends(interval) == pytest.approx(proportion.proportion_confint(24, 24, method="beta"))


def test_all_right_of_few_people_is_about_other_samples_of_theirs() -> None:
    interval = bootstrap_interval(right_and_wrong([True] * 71, [f"s{n % 2}" for n in range(71)]), ACCURACY, CLASSES)
    assert (round(ends(interval)[0], 3), ends(interval)[1], interval.unit) == (0.949, 1, "sample")


def test_one_sample_has_an_exact_interval_only() -> None:
    interval = bootstrap_interval(right_and_wrong([True]), ACCURACY, CLASSES)
    assert ends(interval) == pytest.approx((0.025, 1))
