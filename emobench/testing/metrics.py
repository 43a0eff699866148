"""What every metric must keep to; it scores predictions that are drawn at random, and perfect ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.testing import state
from emobench.testing.arrays import unchanged
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

_CLASSES = ("first", "second", "third", "fourth")  # or dimensions
_SAMPLES = 200

CONTRACTS = Contracts()


def _drawn(subject: Subject) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a truth of the metric's kind, of classes (n,) with every one, and predictions (n, k) that know nothing of it."""
    generator = np.random.default_rng(11)
    if subject.component.kind == "values":
        truth, values = generator.normal(size=(2, _SAMPLES, len(_CLASSES)))
        return truth, values
    shares, probabilities = generator.dirichlet(np.ones(len(_CLASSES)), (2, _SAMPLES))
    return (np.arange(_SAMPLES) % len(_CLASSES) if subject.component.kind == "class" else shares), probabilities


def _value(subject: Subject, truth: NDArray[Any], probabilities: NDArray[np.float64]) -> float:
    """Compute on copies; a value that is not finite is a breach."""
    value = float(subject.component.compute(truth.copy(), probabilities.copy(), _CLASSES))
    if not math.isfinite(value):
        raise Breach(f"it returned {value}")
    return value


def _random(subject: Subject) -> float:
    return _value(subject, *_drawn(subject))


def _perfect(subject: Subject, classes: int = len(_CLASSES)) -> float:
    """Return the value of the truth itself; of the first classes that where the true one has all the probability."""
    truth = _drawn(subject)[0]
    if subject.component.kind != "class":
        return _value(subject, truth, truth)
    truth = truth[truth < classes]
    return _value(subject, truth, np.eye(len(_CLASSES))[truth])


@CONTRACTS.add("avoid ratios without a denominator")
def finite_on_random(subject: Subject) -> None:
    """compute() returns a finite number for random predictions of every class."""
    _random(subject)


@CONTRACTS.add("clip probabilities before a logarithm")
def finite_on_perfect(subject: Subject) -> None:
    """compute() returns a finite number for perfect predictions, whose probabilities are ones and zeros."""
    _perfect(subject)


@CONTRACTS.add("set higher_is_better=False for a loss or an error", finite_on_random, finite_on_perfect)
def direction(subject: Subject) -> None:
    """Perfect predictions score better than random ones, in the direction that higher_is_better tells."""
    perfect, random = _perfect(subject), _random(subject)
    if perfect == random or (perfect > random) != subject.component.higher_is_better:
        word = "higher" if subject.component.higher_is_better else "lower"
        raise Breach(
            f"perfect predictions score {perfect:.4g}, random ones {random:.4g}, and {word} is said to be better"
        )


@CONTRACTS.add("average over the classes that occur in truth", finite_on_perfect)
def absent_class(subject: Subject) -> None:
    """A class without a sample is not averaged in: perfect predictions score as well without it."""
    if subject.component.kind != "class":
        raise NotApplicable("it is of no classes")
    perfect, value = _perfect(subject), _perfect(subject, len(_CLASSES) - 1)
    if not math.isclose(value, perfect, rel_tol=1e-9, abs_tol=1e-9):
        raise Breach(f"perfect predictions score {perfect:.4g}, and {value:.4g} where a class has no sample")


@CONTRACTS.add("draw from nothing, or from a generator with a fixed seed", finite_on_random)
def repeatable(subject: Subject) -> None:
    """The same predictions score the same at every call."""
    first, again = state.under_other_seeds(lambda: _random(subject))
    if first != again:
        raise Breach(f"two calls gave {first:.6g} and {again:.6g}")


@CONTRACTS.add("work on a copy", finite_on_random)
def inputs_unchanged(subject: Subject) -> None:
    """compute() leaves truth and probabilities as they are."""
    truth, probabilities = _drawn(subject)
    with unchanged("compute()", {"truth": truth, "probabilities": probabilities}):
        subject.component.compute(truth, probabilities, _CLASSES)
