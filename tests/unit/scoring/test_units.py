"""What is resampled: groups, crossed identities, or samples."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from emobench.scoring.units import FEWEST_GROUPS, units_of
from tests.support.outcomes import right_and_wrong


def pairs(faces: list[Any], voices: list[Any]) -> pd.DataFrame:
    return right_and_wrong([True] * len(faces), faces).assign(identity_voice=voices)


@pytest.mark.parametrize(
    "groups",
    [[""] * 6, ["a"] * 6, ["a", "a", "b", "b", "c", ""], ["a", "a", "b", "b", "c", None]],
    ids=["none", "one", "some empty", "some missing"],
)
def test_samples_are_drawn_where_not_every_sample_has_one_of_several_groups(groups: list[Any]) -> None:
    units = units_of(right_and_wrong([True, False] * 3).assign(group=groups))
    assert (units.unit, units.counts, units.groups) == ("sample", {"sample": 6}, None)
    assert not units.too_few


@pytest.mark.parametrize("number", [FEWEST_GROUPS - 1, FEWEST_GROUPS])
def test_fewer_than_five_groups_are_too_few(number: int) -> None:
    units = units_of(right_and_wrong([True] * 20, [f"speaker-{place % number}" for place in range(20)]))
    assert (units.unit, units.fewest, units.too_few) == ("group", number, number < 5)


def test_the_rarer_kind_of_people_decides_whether_they_are_too_few() -> None:
    units = units_of(pairs(list("abcdef"), list("xxxyyy")))
    assert (units.unit, units.counts) == ("identity", {"group": 6, "voice": 2})
    assert (units.fewest, units.too_few) == (2, True)


def test_a_sample_without_an_identity_is_a_unit_of_its_own() -> None:
    units = units_of(pairs(list("aabb"), ["x", "", "x", None]))
    assert units.counts == {"group": 2, "voice": 3}
    first, second, third, fourth = units.codes[1]
    assert first == third
    assert len({first, second, fourth}) == 3


def test_crossed_divisions_are_each_alone_and_both_combined_with_the_other_sign() -> None:
    found = [
        (codes.tolist(), number, sign) for codes, number, sign in units_of(pairs(list("aabb"), list("xyxx"))).crossed()
    ]
    assert found == [([0, 0, 1, 1], 2, 1), ([0, 1, 0, 0], 2, 1), ([0, 1, 2, 2], 3, -1)]


def test_codes_follow_the_values_whatever_the_order_of_the_rows() -> None:
    table = right_and_wrong([True] * 4, ["b", "a", "c", "a"])
    (plain,), (turned,) = units_of(table).codes, units_of(table[::-1]).codes
    assert plain.tolist() == turned[::-1].tolist() == [1, 0, 2, 0]
