"""An interval: its ends, what it holds, and why it is unknown."""

from __future__ import annotations

import pytest

from emobench.scoring.interval import Interval, Unknown

UNKNOWN = Interval(None, None, 0.95, "group", 3, unknown="few units")


def test_an_interval_holds_its_ends_and_nothing_beyond() -> None:
    interval = Interval(0.25, 0.5, 0.95, "sample", 40)
    assert (interval.known, interval.ends, interval.why_unknown) == (True, (0.25, 0.5), "")
    assert [interval.holds(value) for value in (0.24, 0.25, 0.5, 0.51)] == [False, True, True, False]


def test_an_end_at_zero_is_an_end() -> None:
    assert Interval(0.0, 0.0, 0.95, "sample", 40).ends == (0.0, 0.0)


def test_an_unknown_interval_holds_nothing() -> None:
    assert (UNKNOWN.known, UNKNOWN.ends, UNKNOWN.holds(0)) == (False, None, False)


@pytest.mark.parametrize(
    ("unknown", "units", "identities", "why"),
    [
        ("few units", 3, {}, "only 3 groups"),
        ("few units", 1, {}, "only 1 group"),
        ("few units", 2, {"group": 40, "voice": 2}, "only 2 voices"),
        ("rare class", 40, {}, "a class has too few samples"),
        ("constant", 40, {}, "no resample differs"),
    ],
)
def test_the_reason_names_what_is_too_few(unknown: Unknown, units: int, identities: dict[str, int], why: str) -> None:
    assert Interval(None, None, 0.95, "group", units, unknown=unknown, identities=identities).why_unknown == why
