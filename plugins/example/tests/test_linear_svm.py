"""The classifier against scikit-learn's own, and on training data that scikit-learn's own refuses."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from emobench_egemaps.calibrated_svm import CalibratedSVM

Table = tuple[NDArray[np.float64], NDArray[np.int64]]


def table(*sizes: int, features: int = 10, noise: float = 2.0) -> Table:
    """Return samples of as many classes as there are sizes; features differ in scale, as those of eGeMAPS do."""
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(len(sizes)), sizes)
    centres = random.normal(0, 2, (len(sizes), features))
    return (centres[y] + random.normal(0, noise, (len(y), features))) * 10.0 ** np.arange(features), y


@pytest.mark.parametrize("sizes", [(40, 40, 40, 40), (30, 60)], ids=["four classes", "two classes"])
def test_it_is_scikit_learns_calibration_by_temperature(sizes: tuple[int, ...]) -> None:
    x, y = table(*sizes)
    machine = make_pipeline(StandardScaler(), LinearSVC(max_iter=10_000, random_state=0))
    wanted = CalibratedClassifierCV(machine, method="temperature", ensemble=False, cv=5).fit(x, y).predict_proba(x)
    found = CalibratedSVM(random_state=0).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_the_most_probable_class_is_the_one_that_the_machine_decides_for() -> None:
    x, y = table(30, 30, 30)
    fitted = CalibratedSVM().fit(x, y)
    np.testing.assert_array_equal(fitted.predict_proba(x).argmax(axis=1), fitted.predict(x))


def test_a_class_with_one_sample_is_learnt_all_the_same() -> None:
    x, y = table(40, 40, 1, noise=0.5)
    fitted = CalibratedSVM().fit(x, y)
    assert fitted.predict_proba(x).shape == (81, 3)
    assert fitted.predict(x)[-1] == 2
    assert fitted.temperature_ != 1.0


def test_too_few_samples_for_any_fold_leave_the_decisions_as_they_are() -> None:
    x, y = table(3, 3)
    assert CalibratedSVM().fit(x, y).temperature_ == 1.0


def test_probabilities_of_noise_are_less_sure_than_those_of_a_clear_case() -> None:
    noisy, clear = (CalibratedSVM().fit(*table(60, 60, 60, noise=noise)).temperature_ for noise in (8.0, 0.3))
    assert noisy > clear
