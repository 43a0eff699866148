"""What arrays must be that a component returns, and that it leaves those alone that it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from emobench.scoring import SUM_TOLERANCE
from emobench.testing.contract import Breach


def require_shape(array: Any, shape: tuple[int, ...], what: str) -> None:
    """Raise a breach unless an array has a shape."""
    found = getattr(array, "shape", None)
    if found is None:
        raise Breach(f"{what} returned {type(array).__name__}, no array")
    if tuple(found) != shape:
        raise Breach(f"{what} returned shape {tuple(found)}, expected {shape}")


def require_finite(array: Any, what: str) -> None:
    """Raise a breach unless every number is finite."""
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = tuple(int(number) for number in bad[0])
        raise Breach(f"{what} returned {array[place]} at {place}, and {len(bad) - 1} more that are not finite")


def require_distributions(array: Any, what: str) -> None:
    """Raise a breach unless every row is finite, not negative, and sums to one."""
    require_finite(array, what)
    if (array < 0).any():
        raise Breach(f"{what} returned a negative probability, {array.min():.4g}")
    sums = np.asarray(array, dtype=np.float64).sum(axis=1)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > SUM_TOLERANCE:
        raise Breach(f"{what} returned a row {worst} that sums to {sums[worst]:.4g}")


def require_alike(first: Any, other: Any, within: float, what: str) -> None:
    """Raise a breach if two predictions (n, k) differ by more than ``within``; what is not finite in both does not differ.

    The message is ``what``, followed by the difference.
    """
    if first.shape != other.shape:
        raise Breach(f"it predicts shape {other.shape} where it predicted {first.shape}")
    same = np.isclose(first, other, rtol=0, atol=0, equal_nan=True)
    gap = float(np.abs(np.where(same, 0, first - other)).max())
    if gap > within or np.isnan(gap):
        raise Breach(f"{what} by up to {gap:.3g}")


@contextmanager
def unchanged(method: str, arrays: Mapping[str, Any]) -> Iterator[None]:
    """Raise a breach if the block, in which ``method`` is called, changes one of the arrays; their names are for a person."""
    before = {name: array.tobytes() for name, array in arrays.items()}
    yield
    if changed := [name for name, array in arrays.items() if array.tobytes() != before[name]]:
        raise Breach(f"{method} changed {' and '.join(changed)}")
