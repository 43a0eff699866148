"""Sequences of different lengths in one array, and as a model gets them."""

from __future__ import annotations

import numpy as np
import pytest

from emobench.contracts import Samples, Stream, ragged
from emobench.errors import EmobenchError

STEPS = [np.full((length, 2), length, dtype=np.float32) for length in (3, 1, 4)]


def samples(rows: list[int]) -> Samples:
    return Samples(tuple(map(str, rows)), {"steps": Stream(ragged(STEPS), np.asarray(rows))}, None, ("a", "b"))


def test_each_sequence_is_found_again() -> None:
    made = ragged(STEPS)
    assert (len(made), made.shape) == (3, (3, None, 2))
    assert made.dtype == np.float32
    assert made.lengths.tolist() == [3, 1, 4]
    for row, steps in enumerate(STEPS):
        np.testing.assert_array_equal(made[row], steps)


def test_a_model_gets_its_samples_in_their_order() -> None:
    assert [len(steps) for steps in samples([2, 0]).sequences()] == [4, 3]
    assert [len(steps) for steps in samples([2, 0]).streams["steps"].sequences(np.array([1]))] == [3]


def test_sequences_are_no_one_array() -> None:
    with pytest.raises(EmobenchError, match=r"different lengths.*take them with sequences\(\)"):
        samples([0, 1]).x()


def test_inputs_of_one_shape_are_sequences_as_well() -> None:
    given = Samples(("0", "1"), {"x": Stream(np.arange(6).reshape(3, 2), np.array([2, 0]))}, None, ("a", "b"))
    assert [each.tolist() for each in given.sequences()] == [[4, 5], [0, 1]]
