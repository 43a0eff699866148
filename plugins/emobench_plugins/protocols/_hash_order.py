"""Draws that are the same on every machine: by the order of hashes over seed and names.

They depend neither on the order of the rows nor on the version of a library, so that the hash of a part stays what it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from emobench.errors import EmobenchError


def place(seed: object, name: str) -> str:
    """Return what a name is sorted by: looks random, follows from seed and name alone."""
    return hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest()


def drawn(names: Iterable[str], seed: object) -> list[str]:
    """Return the distinct names in an order by chance."""
    return sorted(set(names), key=lambda name: place(seed, name))


def fraction(value: object, name: str) -> float:
    """Return a fraction in [0, 1).

    Raises:
        EmobenchError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise EmobenchError(f"{name} is {value!r}", remedy="give a fraction from 0 up to, not including, 1")
    return float(value)


def share(size: float, count: int) -> int:
    """Return how many of ``count`` a fraction is: the nearest number, one at least, none if the fraction is 0."""
    return max(1, round(size * count)) if size else 0
