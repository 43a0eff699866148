"""Metrics of votes against SciPy and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from emobench_plugins.metrics.distributions import divergence, emobench_metrics, surprise
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import log_loss

METRICS = {metric.name: metric for metric in emobench_metrics()}
CLASSES = ("a", "b", "c")


def shares(seed: int = 0, n: int = 50) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    return random.multinomial(5, [0.5, 0.3, 0.2], size=n) / 5, random.dirichlet(np.ones(3), n)


def test_the_likelihood_of_certain_votes_is_the_log_loss() -> None:
    _, said = shares()
    labels = np.arange(50) % 3
    value = METRICS["cross_entropy"].compute(np.eye(3)[labels], said, CLASSES)
    assert value == pytest.approx(log_loss(labels, said, labels=range(3)))


def test_the_likelihood_is_the_divergence_of_kullback_and_leibler_and_the_entropy() -> None:
    truth, said = shares()
    expected = stats.entropy(truth, said, axis=1) + stats.entropy(truth, axis=1)
    np.testing.assert_allclose(surprise(truth, said, CLASSES)[:, 0], expected)


def test_a_vote_for_what_was_held_impossible_costs_no_infinity() -> None:
    assert math.isfinite(METRICS["cross_entropy"].compute(np.eye(3), np.eye(3)[[1, 2, 0]], CLASSES))


def test_the_divergence_is_that_of_both_from_their_mean() -> None:
    truth, said = shares()
    mean = (truth + said) / 2
    expected = (stats.entropy(truth, mean, base=2, axis=1) + stats.entropy(said, mean, base=2, axis=1)) / 2
    np.testing.assert_allclose(divergence(truth, said, CLASSES)[:, 0], expected)
    assert METRICS["jensen_shannon"].compute(np.eye(3), np.eye(3)[[1, 2, 0]], CLASSES) == pytest.approx(1)


def test_entropies_are_correlated_as_scipy_does() -> None:
    truth, said = shares()
    expected = stats.pearsonr(stats.entropy(truth, axis=1), stats.entropy(said, axis=1)).statistic
    correlation = METRICS["entropy_correlation"].compute
    assert correlation(truth, said, CLASSES) == pytest.approx(expected)
    assert correlation(truth, np.full_like(said, 1 / 3), CLASSES) == 0
