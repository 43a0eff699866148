"""Bins of the reliability diagram, against scikit-learn's and the metric."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from emobench.scoring.calibration import BINS, calibration_error, reliability
from emobench.scoring.outcomes import arrays
from tests.support.factories import CLASSES, built_in_metrics, predictions, random_probabilities

ECE = {metric.name: metric for metric in built_in_metrics()}["ece"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_bins_are_those_of_scikit_learn(seed: int) -> None:
    truth, probabilities = arrays(predictions(700, seed=seed), CLASSES)
    found = reliability(truth, probabilities)
    hit = probabilities.argmax(axis=1) == truth
    right, sure = calibration_curve(hit, probabilities.max(axis=1), n_bins=BINS, strategy="uniform")
    assert [one.accuracy for one in found] == pytest.approx(right)
    assert [one.confidence for one in found] == pytest.approx(sure)
    assert sum(one.n for one in found) == 700


@pytest.mark.parametrize("k", [2, 3, 7])
def test_error_of_the_bins_is_the_metric(k: int) -> None:
    names = tuple(f"class-{each}" for each in range(k))
    probabilities = random_probabilities(400, k, seed=k)
    truth = np.random.default_rng(k).integers(k, size=400)
    assert calibration_error(reliability(truth, probabilities)) == pytest.approx(
        ECE.compute(truth, probabilities, names), abs=1e-12
    )


def test_an_edge_belongs_to_the_bin_below_and_empty_bins_are_left_out() -> None:
    probabilities = np.array([[0.6, 0.4], [1.0, 0.0], [0.0, 1.0]])  # 0.6 is the upper edge of the ninth of 15 bins
    found = reliability(np.array([0, 0, 0]), probabilities)
    assert [(round(one.high, 6), one.n, one.accuracy) for one in found] == [(0.6, 1, 1.0), (1.0, 2, 0.5)]


def test_no_bins_no_error() -> None:
    assert calibration_error([]) == 0.0
