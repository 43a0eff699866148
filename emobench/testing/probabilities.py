"""What every array of probabilities must be."""

from __future__ import annotations

from typing import Any

from emobench.testing.contract import Breach

TOLERANCE = 1e-3
"""How far from one a row may sum; the same as the harness's own."""


def require_shape(array: Any, shape: tuple[int, ...], what: str) -> None:
    """Raise a breach unless an array has a shape."""
    found = getattr(array, "shape", None)
    if found is None:
        raise Breach(f"{what} returned {type(array).__name__}, no array")
    if tuple(found) != shape:
        raise Breach(f"{what} returned shape {tuple(found)}, wanted {shape}")


def require_finite(array: Any, what: str) -> None:
    """Raise a breach unless every number is finite."""
    import numpy as np

    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = tuple(int(number) for number in bad[0])
        raise Breach(f"{what} returned {array[place]} at {place}, and {len(bad) - 1} more that are not finite")


def require_sums(array: Any, what: str) -> None:
    """Raise a breach unless every row is a distribution."""
    import numpy as np

    if (array < 0).any():
        raise Breach(f"{what} returned a negative probability, {array.min():.4g}")
    sums = np.asarray(array, dtype=np.float64).sum(axis=1)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > TOLERANCE:
        raise Breach(f"{what} returned a row {worst} that sums to {sums[worst]:.4g}")


def require_probabilities(array: Any, shape: tuple[int, ...], what: str) -> None:
    """Raise a breach unless an array holds one distribution a row."""
    require_shape(array, shape, what)
    require_finite(array, what)
    require_sums(array, what)
