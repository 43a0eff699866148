"""Every metric against an independent reference."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import sklearn.metrics
import torch
import torchmetrics.functional.classification as torch_reference
from emobench_plugins.metrics.classification import ECE_BINS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from tests.support.factories import built_in_metrics, random_probabilities

Truth = NDArray[np.int64]
Probabilities = NDArray[np.float64]
METRICS = {metric.name: metric for metric in built_in_metrics()}


def compute(name: str, truth: Truth, probabilities: Probabilities) -> float:
    classes = tuple(f"class {number}" for number in range(probabilities.shape[1]))
    return METRICS[name].compute(truth, probabilities, classes)


# --------------------------------------------------------------------------- references, written out in numpy


def ratios(truth: Truth, prediction: Truth) -> dict[str, list[float]]:
    """Precision, recall, F1 and support of each class that is in the truth, counted one by one."""
    table: dict[str, list[float]] = {"precision": [], "recall": [], "f1": [], "support": []}
    for one in sorted(set(truth.tolist())):
        hits = sum(t == one == p for t, p in zip(truth, prediction, strict=True))
        support, predicted = sum(truth == one), sum(prediction == one)
        table["precision"].append(hits / predicted if predicted else 0.0)
        table["recall"].append(hits / support)
        table["f1"].append(2 * hits / (support + predicted))
        table["support"].append(support)
    return table


def macro(ratio: str) -> Callable[[Truth, Probabilities], float]:
    return lambda truth, p: float(np.mean(ratios(truth, p.argmax(axis=1))[ratio]))


def weighted(ratio: str) -> Callable[[Truth, Probabilities], float]:
    def reference(truth: Truth, p: Probabilities) -> float:
        table = ratios(truth, p.argmax(axis=1))
        return float(np.average(table[ratio], weights=table["support"]))

    return reference


def calibration_error(truth: Truth, p: Probabilities) -> float:
    """Guo et al. 2017, equation 3, a bin at a time."""
    error = 0.0
    for m in range(ECE_BINS):
        top = p.max(axis=1)
        inside = (top > m / ECE_BINS) & (top <= (m + 1) / ECE_BINS)
        if inside.any():
            gap = abs(np.mean(p.argmax(axis=1)[inside] == truth[inside]) - top[inside].mean())
            error += inside.sum() / len(truth) * gap
    return float(error)


def cross_entropy(truth: Truth, p: Probabilities) -> float:
    smallest = np.finfo(np.float64).eps
    chosen = np.clip(p[np.arange(len(truth)), truth], smallest, 1 - smallest)
    return float(-np.log(chosen).mean())


REFERENCES: dict[str, Callable[[Truth, Probabilities], float]] = {
    "accuracy": lambda truth, p: float(np.mean(p.argmax(axis=1) == truth)),
    "balanced_accuracy": macro("recall"),
    "precision_weighted": weighted("precision"),
    "recall_weighted": weighted("recall"),
    "f1_weighted": weighted("f1"),
    "precision_macro": macro("precision"),
    "recall_macro": macro("recall"),
    "f1_macro": macro("f1"),
    "log_loss": cross_entropy,
    "ece": calibration_error,
}


@st.composite
def scored(draw: st.DrawFn) -> tuple[Truth, Probabilities]:
    """Truth and probabilities, with absent classes, equal probabilities and certain mistakes among them."""
    n, k = draw(st.integers(1, 40)), draw(st.integers(2, 7))
    truth = draw(arrays(np.int64, n, elements=st.integers(0, k - 1)))
    # Small whole numbers make ties and zeros likely; the first column keeps a row from being all zeros.
    weights = draw(arrays(np.int64, (n, k), elements=st.integers(0, 4))).astype(np.float64)
    weights[:, 0] += ~weights.any(axis=1)
    return truth, weights / weights.sum(axis=1, keepdims=True)


# -------------------------------------------------------------------------------------------------- tests


def test_every_metric_has_a_reference() -> None:
    assert METRICS.keys() == REFERENCES.keys()


@pytest.mark.parametrize("name", REFERENCES)
@settings(deadline=None)
@given(case=scored())
def test_metric_equals_its_reference(name: str, case: tuple[Truth, Probabilities]) -> None:
    truth, probabilities = case
    if name == "ece":  # thirds and fifths lie on the edges of fifteen bins, where a rounding decides
        probabilities = probabilities * 0.97 + 0.03 / probabilities.shape[1]
    assert compute(name, truth, probabilities) == pytest.approx(REFERENCES[name](truth, probabilities), abs=1e-12)


@settings(deadline=None)
@given(case=scored())
def test_weighted_recall_is_accuracy_and_uar_is_macro_recall(case: tuple[Truth, Probabilities]) -> None:
    assert compute("recall_weighted", *case) == pytest.approx(compute("accuracy", *case), abs=1e-12)
    assert compute("balanced_accuracy", *case) == compute("recall_macro", *case)


@settings(deadline=None)
@given(case=scored())
def test_uar_is_scikit_learns_balanced_accuracy(case: tuple[Truth, Probabilities]) -> None:
    truth, probabilities = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes that are predicted and never true
        reference = sklearn.metrics.balanced_accuracy_score(truth, probabilities.argmax(axis=1))
    assert compute("balanced_accuracy", truth, probabilities) == pytest.approx(reference, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_ece_equals_torchmetrics(seed: int) -> None:
    probabilities = random_probabilities(500, 7, seed)
    truth = np.random.default_rng(seed).integers(7, size=500)
    reference = torch_reference.multiclass_calibration_error(
        torch.tensor(probabilities), torch.tensor(truth), num_classes=7, n_bins=15, norm="l1"
    )
    assert compute("ece", truth, probabilities) == pytest.approx(float(reference), abs=1e-6)


def test_ece_of_a_probability_on_an_edge_falls_in_the_lower_bin() -> None:
    # (a, b]: 0.6 is in bin 9 with 0.59, whose means are 0.595 and 0.5; apart the gaps would be 0.41 and 0.6.
    probabilities = np.array([[0.6, 0.4], [0.59, 0.41]])
    assert compute("ece", np.array([1, 0]), probabilities) == pytest.approx(0.595 - 0.5)


def test_ece_of_certain_and_right_is_zero_and_of_certain_and_wrong_is_one() -> None:
    certain = np.eye(3)
    assert compute("ece", np.array([0, 1, 2]), certain) == 0
    assert compute("ece", np.array([1, 2, 0]), certain) == 1


@pytest.mark.parametrize("seed", range(3))
def test_log_loss_equals_torch(seed: int) -> None:
    probabilities = random_probabilities(200, 7, seed) * 0.99 + 0.01 / 7
    truth = np.random.default_rng(seed).integers(7, size=200)
    reference = torch.nn.functional.nll_loss(torch.tensor(probabilities).log(), torch.tensor(truth))
    assert compute("log_loss", truth, probabilities) == pytest.approx(float(reference), abs=1e-12)


def test_a_certain_mistake_has_a_finite_log_loss() -> None:
    assert compute("log_loss", np.array([1]), np.array([[1.0, 0.0]])) == pytest.approx(-math.log(2**-52))


def test_an_absent_class_is_not_averaged_in() -> None:
    # Class 2 is never true, yet predicted once: two classes are averaged, of recall 1 and 1/2.
    truth = np.array([0, 0, 1, 1])
    probabilities = np.eye(3)[[0, 0, 1, 2]]
    assert compute("balanced_accuracy", truth, probabilities) == 0.75
    assert compute("precision_macro", truth, probabilities) == 1.0
    assert compute("f1_macro", truth, probabilities) == pytest.approx((1 + 2 / 3) / 2)


def test_a_class_never_predicted_has_precision_and_f1_zero() -> None:
    truth = np.array([0, 0, 1, 1])
    probabilities = np.eye(2)[[0, 0, 0, 0]]
    assert compute("precision_macro", truth, probabilities) == 0.25
    assert compute("f1_macro", truth, probabilities) == pytest.approx((2 / 3) / 2)


def test_a_tie_goes_to_the_first_class() -> None:
    assert compute("accuracy", np.array([0, 1]), np.full((2, 2), 0.5)) == 0.5


def test_direction() -> None:
    assert {name for name, metric in METRICS.items() if not metric.higher_is_better} == {"log_loss", "ece"}


def test_every_metric_of_the_catalogue_is_registered_as_it_is_described() -> None:
    from emobench.records import METRICS as CATALOGUE

    assert list(METRICS) == [name for name, metric in CATALOGUE.items() if metric.kind == "class"]
    for name, metric in METRICS.items():
        assert vars(metric) == {
            **vars(CATALOGUE[name]),
            "compute": metric.compute,
            "each": None,
            "of_means": metric.of_means,
        }


@pytest.mark.parametrize("name", METRICS)
def test_values_lie_in_the_range_of_the_catalogue(name: str) -> None:
    generator = np.random.default_rng(3)
    for classes in (2, 5):
        truth = np.arange(60) % classes
        for probabilities in (generator.dirichlet(np.ones(classes), 60), np.eye(classes)[truth]):
            assert METRICS[name].low <= compute(name, truth, probabilities) <= METRICS[name].high
