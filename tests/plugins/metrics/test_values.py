"""Metrics of values against audmetric, SciPy, scikit-learn and the published formula."""

from __future__ import annotations

import numpy as np
import pytest
from emobench_plugins.metrics.values import ccc, emobench_metrics, mae, pcc, rmse
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics

NAMES = ("valence", "arousal")


def numbers(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    truth = random.normal(3, 1, (50, 2))
    return truth, 0.6 * truth + random.normal(1, 0.7, (50, 2))


@pytest.mark.parametrize("n", [2, 50, 3000])
def test_ccc_is_audmetrics(n: int) -> None:
    audmetric = pytest.importorskip("audmetric", reason="pip install audmetric")
    truth, said = np.random.default_rng(n).normal(3, 1, (2, n))
    assert ccc(truth[:, None], said[:, None], ("v",)) == pytest.approx(audmetric.concordance_cc(truth, said))


def test_ccc_is_lins_formula() -> None:
    truth, said = numbers()
    each = [
        2 * np.cov(a, b, bias=True)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
        for a, b in zip(truth.T, said.T, strict=True)
    ]
    assert ccc(truth, said, NAMES) == pytest.approx(np.mean(each))
    assert ccc(truth, truth, NAMES) == pytest.approx(1)
    assert ccc(truth, truth + 10, NAMES) < 0.1


def test_pcc_is_scipys() -> None:
    truth, said = numbers()
    expected = np.mean([stats.pearsonr(a, b).statistic for a, b in zip(truth.T, said.T, strict=True)])
    assert pcc(truth, said, NAMES) == pytest.approx(expected)


def test_errors_are_scikit_learns() -> None:
    truth, said = numbers()
    assert rmse(truth, said, NAMES) == pytest.approx(metrics.root_mean_squared_error(truth, said))
    assert mae(truth, said, NAMES) == pytest.approx(metrics.mean_absolute_error(truth, said))


def test_what_does_not_vary_agrees_with_nothing() -> None:
    truth, said = numbers()
    constant = np.full_like(said, 3.0)
    assert ccc(truth, constant, NAMES) == pcc(truth, constant, NAMES) == 0


@pytest.mark.parametrize("name", ["ccc", "pcc", "rmse", "mae"])
def test_every_metric_follows_from_the_means_of_its_samples(name: str) -> None:
    metric = {each.name: each for each in emobench_metrics()}[name]
    truth, said = numbers()
    assert metric.each is not None
    for wrong in (said, said + 1e4, np.full_like(said, 3.0)):
        means = metric.each(truth, wrong, NAMES).mean(axis=0)[None]
        assert metric.of_means(means)[0] == pytest.approx(metric.compute(truth, wrong, NAMES), abs=1e-9)
