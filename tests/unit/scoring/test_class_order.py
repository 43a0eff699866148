"""A permutation of a model's columns is found where it is clear, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.scoring import class_order

CLASSES = ("angry", "happy", "neutral", "sad")
Matrix = NDArray[np.int64]

GOOD = np.array([[40, 4, 4, 2], [3, 42, 3, 2], [6, 2, 35, 7], [4, 1, 9, 36]])


def with_columns(matrix: Matrix, order: list[int]) -> Matrix:
    return matrix[:, order]


def test_the_declared_order_of_a_good_model_stays() -> None:
    assert class_order(GOOD, CLASSES, "test") is None


def test_two_columns_that_changed_places_are_found() -> None:
    found = class_order(with_columns(GOOD, [0, 3, 2, 1]), CLASSES, "test")
    assert found is not None
    assert found.cycles == (("happy", "sad"),)
    assert (found.part, found.samples) == ("test", 200)
    assert found.accuracy == pytest.approx((40 + 2 + 35 + 1) / 200)
    assert found.permuted == pytest.approx((40 + 42 + 35 + 36) / 200)


def test_it_is_said_in_a_line() -> None:
    found = class_order(with_columns(GOOD, [0, 3, 2, 1]), CLASSES, "test")
    assert str(found) == "class order differs: accuracy .39, after the permutation happy-sad .77"


def test_a_cycle_of_three_is_read_from_each_class_to_what_it_is_called() -> None:
    # What is angry is called sad, what is sad is called happy, and what is happy is called angry.
    found = class_order(with_columns(GOOD, [1, 3, 2, 0]), CLASSES, "test")
    assert found is not None
    assert found.cycles == (("angry", "sad", "happy"),)
    assert found.permuted == pytest.approx(np.trace(GOOD) / GOOD.sum())


def test_two_pairs_are_two_cycles() -> None:
    found = class_order(with_columns(GOOD, [1, 0, 3, 2]), CLASSES, "test")
    assert found is not None
    assert found.cycles == (("angry", "happy"), ("neutral", "sad"))
    assert "angry-happy, neutral-sad" in str(found)


@pytest.mark.parametrize("seed", range(20))
def test_guessing_has_no_better_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, said = random.integers(0, 4, (2, 400))
    matrix = np.zeros((4, 4), dtype=np.int64)
    np.add.at(matrix, (truth, said), 1)
    assert class_order(matrix, CLASSES, "test") is None


def test_naming_a_rare_class_always_is_no_other_order() -> None:
    matrix = np.zeros((4, 4), dtype=np.int64)
    matrix[:, 0] = [10, 500, 10, 10]  # most of what is called angry is happy, as most of all samples are
    assert class_order(matrix, CLASSES, "test") is None


def test_favouring_a_class_is_no_other_order() -> None:
    matrix = np.array([[60, 0, 0, 0], [0, 60, 0, 0], [0, 0, 9, 1], [0, 0, 600, 400]])
    assert class_order(matrix, CLASSES, "test") is None  # accuracy would rise where neutral and sad changed places


def test_a_class_that_is_said_as_often_of_another_one_is_no_other_order() -> None:
    matrix = np.array([[250, 0, 0], [0, 40, 20], [0, 200, 100]])  # neutral is said of two in three, whichever it is
    assert class_order(matrix, ("happy", "neutral", "sad"), "test") is None


def test_rare_classes_that_changed_places_are_found_and_others_left_alone() -> None:
    matrix = np.array([[900, 50, 0, 0], [100, 850, 0, 0], [0, 0, 2, 40], [0, 0, 35, 3]])
    found = class_order(matrix, CLASSES, "test")
    assert found is not None
    assert found.cycles == (("neutral", "sad"),)
    assert found.permuted - found.accuracy < 0.05


def test_few_samples_prove_nothing() -> None:
    assert class_order(np.array([[0, 5], [5, 0]]), ("happy", "sad"), "test") is None
    assert class_order(np.array([[0, 6], [6, 0]]), ("happy", "sad"), "test") is not None


def test_a_class_without_samples_keeps_its_column() -> None:
    matrix = with_columns(GOOD, [0, 3, 2, 1]).copy()
    matrix[0] = 0
    found = class_order(matrix, CLASSES, "test")
    assert found is not None
    assert found.cycles == (("happy", "sad"),)


def test_a_small_gain_is_none() -> None:
    matrix = np.array([[4900, 5100], [5100, 4900]])
    assert class_order(matrix, ("happy", "sad"), "test") is None
