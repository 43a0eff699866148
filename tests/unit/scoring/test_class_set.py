"""Which classes a macro average is over."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.scoring.class_set import ClassSet, class_set
from tests.support.factories import CLASSES


def truth(*support: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(support)), support)


def told(found: ClassSet) -> tuple[list[bool], tuple[str, ...], tuple[str, ...]]:
    return found.averaged.tolist(), found.left_out, found.rare


@pytest.mark.parametrize(
    ("support", "expected"),
    [
        ((100, 100, 10), ([True, True, True], (), ())),
        ((100, 100, 9), ([True, True, False], ("sad",), ())),
        ((100, 100, 0), ([True, True, False], (), ())),
        ((100, 71, 9), ([True, True, False], ("sad",), ())),  # 5% of all
        ((100, 70, 9), ([True, True, True], (), ("sad",))),  # more than 5%
        ((400, 9, 9), ([True, True, True], (), ("happy", "sad"))),  # one class is no average
    ],
)
def test_a_class_of_a_few_odd_files_is_left_out(
    support: tuple[int, ...], expected: tuple[list[bool], tuple[str, ...], tuple[str, ...]]
) -> None:
    assert told(class_set(truth(*support), None, CLASSES)) == expected


@pytest.mark.parametrize(("of_sad", "left_out"), [(4, ("sad",)), (5, ())])
def test_a_class_of_few_groups_is_rare_however_many_samples_it_has(of_sad: int, left_out: tuple[str, ...]) -> None:
    labels = truth(200, 200, 20)
    groups = np.concatenate([np.arange(400) % 8, np.arange(20) % of_sad])
    assert class_set(labels, groups, CLASSES).left_out == left_out


def test_where_all_have_fewer_than_five_groups_a_class_in_all_of_them_is_not_rare() -> None:
    labels = truth(200, 200, 20)
    assert told(class_set(labels, np.arange(420) % 3, CLASSES)) == ([True] * 3, (), ())
