"""What is resampled: the groups of a part, its people and recordings crossed, or its samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from emobench.records import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Unit = Literal["group", "sample", "identity"]

FEWEST_GROUPS = 5
"""With fewer groups there is no interval and no test: a bootstrap over two holds the true value half of the time."""


@dataclass(frozen=True)
class Units:
    """What is resampled of the n predictions of one part.

    Attributes:
        unit: ``group``, ``sample``, or ``identity`` where a sample belongs to several people at once: the face of one, the
            voice of another.
        counts: what divides the samples (``group``, ``speaker``) to the number of its units; ``sample`` to n.
        codes: (n,) integers for each of them.
    """

    unit: Unit
    counts: dict[str, int]
    codes: tuple[NDArray[np.int64], ...]

    @property
    def fewest(self) -> int:
        """The smallest number of units."""
        return min(self.counts.values())

    @property
    def too_few(self) -> bool:
        """Whether there are too few groups, or identities of one kind, for an interval."""
        return self.unit != "sample" and self.fewest < FEWEST_GROUPS

    @property
    def groups(self) -> NDArray[np.int64] | None:
        """(n,) the group of each sample; ``None`` where samples have none."""
        return None if self.unit == "sample" else self.codes[0]

    def crossed(self) -> Iterator[tuple[NDArray[np.int64], int, int]]:
        """Yield for each way of dividing the samples, alone and combined: the unit of each sample, their number, the sign."""
        import numpy as np

        for size in range(1, len(self.codes) + 1):
            for chosen in combinations(self.codes, size):
                _, codes = np.unique(np.stack(chosen), axis=1, return_inverse=True)
                yield codes.ravel(), int(codes.max()) + 1, 1 if size % 2 else -1


def units_of(table: pd.DataFrame) -> Units:
    """Return what is resampled of the predictions of one part.

    Groups, if each sample has one and there are at least two; crossed with every column of further identities, if there is
    any, where a sample without a value is a unit of its own; else samples.
    """
    import numpy as np

    further = [name for name in table.columns if str(name).startswith(IDENTITY)]
    n = len(table)
    if not further:
        groups = _codes(table["group"]) if "group" in table.columns else np.full(n, -1)
        if n and (groups >= 0).all() and groups.max() > 0:
            return Units("group", {"group": int(groups.max()) + 1}, (groups,))
        return Units("sample", {"sample": n}, (np.arange(n),))
    counts, columns = {}, []
    for name in ("group", *further):
        codes = _codes(table[name])
        unknown = codes < 0
        codes[unknown] = codes.max(initial=-1) + 1 + np.arange(unknown.sum())
        counts[str(name).removeprefix(IDENTITY)] = int(codes.max()) + 1
        columns.append(codes)
    return Units("identity", counts, tuple(columns))


def unit_of(table: pd.DataFrame) -> Unit:
    """Return what :func:`units_of` finds to resample."""
    return units_of(table).unit


def _codes(column: pd.Series[str]) -> NDArray[np.int64]:
    """Return (n,) integers from 0 in the order of the values, so that the order of the rows does not matter; -1 for none."""
    import numpy as np
    import pandas as pd

    codes, _ = pd.factorize(column.where(column != ""), sort=True)
    return np.asarray(codes, dtype=np.int64).copy()
