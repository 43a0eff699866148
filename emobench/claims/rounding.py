"""Numbers as they are printed, and which fractions they can stand for; in whole numbers throughout, nothing approximate.

How a paper rounds is never stated, so four ways are told apart. ``half-up`` and ``half-even`` differ at a tie (5/8 to two
decimals). A program that prints a binary floating-point number can take a tie either way, which is ``nearest``: it allows
all that the other two allow. ``truncated`` cuts off. ``mixed`` is for several numbers together, each of which may have been
rounded or cut off: what is impossible then is impossible.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Rounding = Literal["half-up", "half-even", "nearest", "truncated", "mixed"]

ROUNDINGS: tuple[Rounding, ...] = ("half-up", "half-even", "nearest", "truncated", "mixed")
"""From the strictest to the one that allows all that the others allow."""


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
    whole, _, decimals = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (decimals and not (decimals.isascii() and decimals.isdigit())):
        raise ValueError(f"{text!r} is no plain decimal number")
    if "." in text and not decimals:
        raise ValueError(f"{text!r} has no decimals after its point")
    number = Printed(int(whole + decimals), len(decimals) + (2 if percent else 0))
    if number.value > 1:
        raise ValueError(f"{text!r} is more than {'100 percent' if percent else 'a fraction can be'}")
    return number


def fits(share: Fraction, number: Printed, rounding: Rounding) -> bool:
    """Tell whether a share may be printed so."""
    scale: int = 10**number.places
    units, rest = divmod(share.numerator * scale, share.denominator)
    if rounding == "truncated":
        return units == number.units
    twice = 2 * rest - share.denominator
    if twice:
        nearest = {units + (twice > 0)}
    elif rounding == "half-up":
        nearest = {units + 1}
    elif rounding == "half-even":
        nearest = {units + units % 2}
    else:
        nearest = {units, units + 1}
    return number.units in (nearest | {units} if rounding == "mixed" else nearest)


@functools.cache
def counts(number: Printed, n: int, rounding: Rounding) -> tuple[int, ...]:
    """Return every k from 0 to n for which k/n may be printed so; the search of a table asks the same many times over."""
    scale = 10**number.places
    low = max(0, (number.units - 1) * n // scale)
    high = min(n, -(-(number.units + 1) * n // scale))
    return tuple(k for k in range(low, high + 1) if fits(Fraction(k, n), number, rounding))


def share_possible(n: int, places: int) -> Fraction:
    """Return which share of the ``10**places + 1`` decimals from 0 to 1 some k/n is rounded to, ties either way.

    It is the probability that an arbitrary number passes: at 1, passing means nothing.
    """
    scale = 10**places
    reached: set[int] = set()
    for k in range(n + 1):
        units, rest = divmod(k * scale, n)
        reached |= {units, units + 1} if 2 * rest == n else {units + (2 * rest > n)}
    return Fraction(len(reached), scale + 1)
