"""Numbers as they are printed, and the fractions that they can mean; exact throughout.

How a paper rounds is never stated, so several ways are tried. ``half-up`` and ``half-even`` differ at a tie (5/8 to two
decimals). A program that prints a binary floating-point number can take a tie either way: ``nearest`` allows all that these
two allow. ``truncated`` cuts off. ``mixed`` is for several numbers together, each of which may have been rounded or cut off:
what is impossible then is impossible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

Rounding = Literal["half-up", "half-even", "nearest", "truncated", "mixed"]

ROUNDINGS: tuple[Rounding, ...] = ("half-up", "half-even", "nearest", "truncated", "mixed")

_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Printed:
    """A share in [0, 1] as printed: ``units`` times ten to the minus ``places``.

    Attributes:
        units: 6367 for ``0.6367``, 7567 for ``75.67%``.
        places: decimals of the share: 4 for both.
    """

    units: int
    places: int

    @property
    def value(self) -> Fraction:
        """The share itself."""
        return Fraction(self.units, 10**self.places)


def printed(text: str, *, percent: bool) -> Printed:
    """Read ``"0.6367"``, or in percent ``"75.67"``.

    Raises:
        ValueError: it is no plain decimal number, or not from 0 to 1 (0 to 100 in percent).
    """
    whole, point, decimals = text.partition(".")
    if not (whole + decimals).isascii() or not whole.isdigit() or (point and not decimals.isdigit()):
        raise ValueError(f"{text!r} is no plain decimal number")
    number = Printed(int(whole + decimals), len(decimals) + (2 if percent else 0))
    if number.value > 1:
        raise ValueError(f"{text!r} is more than {'100 percent' if percent else 'a fraction can be'}")
    return number


def rounded(share: Fraction, places: int, rounding: Rounding) -> set[int]:
    """Return what a share may be printed as, in units of its last decimal."""
    exact = share * 10**places
    cut, nearest = math.floor(exact), {math.floor(exact + _HALF), math.ceil(exact - _HALF)}
    match rounding:
        case "half-up":
            return {max(nearest)}
        case "half-even":
            return {round(exact)}
        case "nearest":
            return nearest
        case "truncated":
            return {cut}
        case "mixed":
            return {cut, *nearest}


def fits(share: Fraction, number: Printed, rounding: Rounding) -> bool:
    """Tell whether a share may be printed so."""
    return number.units in rounded(share, number.places, rounding)


@cache
def counts(number: Printed, n: int, rounding: Rounding) -> tuple[int, ...]:
    """Return every k from 0 to n for which k/n may be printed so: whole numbers in a row."""
    scale = 10**number.places
    low = max(0, (number.units - 1) * n // scale)
    high = min(n, -(-(number.units + 1) * n // scale))
    return tuple(k for k in range(low, high + 1) if fits(Fraction(k, n), number, rounding))


@cache
def share_possible(n: int, places: int) -> Fraction:
    """Return the share of the ``10**places + 1`` decimals from 0 to 1 that some k/n is rounded to, ties either way.

    It is the probability that an arbitrary number passes: at 1, passing means nothing.
    """
    reached = {units for k in range(n + 1) for units in rounded(Fraction(k, n), places, "nearest")}
    return Fraction(len(reached), 10**places + 1)
