"""Rounding against the decimal module."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from emobench.claims.rounding import Rounding, counts, fits, printed, share_possible


def by_decimal(k: int, n: int, places: int, how: str) -> set[int]:
    """Round k/n with the decimal module, as an independent reference."""
    import decimal

    modes = {
        "half-up": [decimal.ROUND_HALF_UP],
        "half-even": [decimal.ROUND_HALF_EVEN],
        "nearest": [decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN],
        "truncated": [decimal.ROUND_DOWN],
        "mixed": [decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN, decimal.ROUND_DOWN],
    }[how]
    with decimal.localcontext(prec=50):
        share = decimal.Decimal(k) / decimal.Decimal(n) * 10**places
        return {int(share.quantize(decimal.Decimal(1), rounding=mode)) for mode in modes}


@pytest.mark.parametrize("how", ["half-up", "half-even", "nearest", "truncated", "mixed"])
def test_counts_are_those_of_brute_force(how: Rounding) -> None:
    for n, places in product((1, 7, 8, 16, 40, 95), (1, 2, 3)):
        reached = {k: by_decimal(k, n, places, how) for k in range(n + 1)}
        for units in range(10**places + 1):
            number = printed(f"{units / 10**places:.{places}f}", percent=False)
            assert list(counts(number, n, how)) == [k for k in reached if units in reached[k]]


def test_share_possible_counts_the_decimals_that_are_reached() -> None:
    assert share_possible(3, 1) == Fraction(4, 11)  # 0, 0.3, 0.7, 1
    assert share_possible(8, 2) == Fraction(9 + 4, 101)  # 1/8, 3/8, 5/8, 7/8 are ties
    assert share_possible(250, 2) == 1


@pytest.mark.parametrize(("text", "percent", "units", "places"), [("49", True, 49, 2), ("0.70", False, 70, 2)])
def test_printed_keeps_the_decimals(text: str, percent: bool, units: int, places: int) -> None:
    number = printed(text, percent=percent)
    assert (number.units, number.places) == (units, places)


def test_tie_is_told_apart() -> None:
    number = printed("0.62", percent=False)
    assert {how for how in ("half-up", "half-even", "nearest") if fits(Fraction(5, 8), number, how)} == {
        "half-even",
        "nearest",
    }
