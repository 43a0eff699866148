"""What every metric must keep to; it scores predictions that are drawn at random, and perfect ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.testing import light_import, state
from emobench.testing.contract import Breach, Contracts, Subject, prepared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CLASSES = ("first", "second", "third", "fourth")
_SAMPLES = 200


class MetricSubject(Subject):
    """A metric and what it says of guesses and of perfect predictions."""

    component: Metric

    @prepared("finite-on-random")
    def guessed(self) -> float:
        """Its value for random predictions."""
        return self.value(*_drawn())

    @prepared("finite-on-perfect")
    def perfect(self) -> float:
        """Its value where the true class has all the probability."""
        truth, _ = _drawn()
        return self.value(truth, certain(truth))

    def value(self, truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
        """Compute on copies; a value that is not finite is a breach."""
        value = float(self.component.compute(truth.copy(), probabilities.copy(), _CLASSES))
        if not math.isfinite(value):
            raise Breach(f"it returned {value}")
        return value


def _drawn() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return a truth (n,) with every class, and probabilities (n, k) that know nothing of it."""
    import numpy as np

    generator = np.random.default_rng(11)
    return np.arange(_SAMPLES) % len(_CLASSES), generator.dirichlet(np.ones(len(_CLASSES)), _SAMPLES)


def certain(predicted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (n, k) probabilities that give each prediction all."""
    import numpy as np

    return np.eye(len(_CLASSES))[predicted]


CONTRACTS = Contracts("metrics")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    "finite-on-random",
    "compute() returns a finite number for random predictions of every class",
    "mind ratios without a denominator",
)
def finite_on_random(subject: MetricSubject) -> None:
    """Score guesses."""
    _ = subject.guessed


@CONTRACTS.add(
    "finite-on-perfect",
    "compute() returns a finite number for perfect predictions, whose probabilities are ones and zeros",
    "clip probabilities before a logarithm",
)
def finite_on_perfect(subject: MetricSubject) -> None:
    """Score perfect predictions."""
    _ = subject.perfect


@CONTRACTS.add(
    "direction",
    "perfect predictions score better than random ones, in the direction that higher_is_better tells",
    "set higher_is_better=False for a loss or an error",
)
def direction(subject: MetricSubject) -> None:
    """Compare the two."""
    perfect, guessed = subject.perfect, subject.guessed
    if perfect == guessed or (perfect > guessed) != subject.component.higher_is_better:
        word = "higher" if subject.component.higher_is_better else "lower"
        raise Breach(
            f"perfect predictions score {perfect:.4g}, random ones {guessed:.4g}, and {word} is said to be better"
        )


@CONTRACTS.add(
    "absent-class",
    "a class without a sample is not averaged in: perfect predictions score as well without it",
    "average over the classes that occur in truth",
)
def absent_class(subject: MetricSubject) -> None:
    """Score perfect predictions where the last class has no sample."""
    perfect, (truth, _) = subject.perfect, _drawn()
    without = truth[truth != len(_CLASSES) - 1]
    value = subject.value(without, certain(without))
    if not math.isclose(value, perfect, rel_tol=1e-9, abs_tol=1e-9):
        raise Breach(f"perfect predictions score {perfect:.4g}, and {value:.4g} where a class has no sample")


@CONTRACTS.add(
    "repeatable",
    "the same predictions score the same at every call",
    "draw from nothing, or from a generator with a fixed seed",
)
def repeatable(subject: MetricSubject) -> None:
    """Score guesses under other states of the global generators."""
    _, values = subject.guessed, set()
    for seed in (1, 2):
        with state.seeded(seed):
            values.add(subject.value(*_drawn()))
    if len(values) > 1:
        raise Breach(f"two calls gave {' and '.join(f'{value:.6g}' for value in sorted(values))}")


@CONTRACTS.add("inputs-unchanged", "compute() leaves truth and probabilities as they are", "work on a copy")
def inputs_unchanged(subject: MetricSubject) -> None:
    """Compare the inputs with what they were."""
    import numpy as np

    _ = subject.guessed
    truth, probabilities = _drawn()
    subject.component.compute(truth, probabilities, _CLASSES)
    for what, given, was in zip(("truth", "probabilities"), (truth, probabilities), _drawn(), strict=True):
        if not np.array_equal(given, was):
            raise Breach(f"compute() changed {what}")
