"""The leakage premium: what a split with the same people on both sides adds to a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.leaderboard.beside import Beside, beside, compared_value
from emobench.records import Record

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Premium:
    """An experiment under a leaky split, and the same with groups apart.

    Attributes:
        leaky: the record of the one.
        value: its accuracy; ``None`` where it has no result.
        apart: the other, with the difference between the two.
    """

    leaky: Record
    value: float | None
    apart: Beside

    @property
    def points(self) -> float | None:
        """The premium in hundredths: on the samples that both test, or without such ones of the scores as they are."""
        if self.apart.difference is not None:
            return 100 * self.apart.difference.value
        if self.value is None or self.apart.value is None:
            return None
        return 100 * (self.value - self.apart.value)


def premiums(
    records: Iterable[Record], predictions: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]
) -> tuple[Premium, ...]:
    """Return the premium of every experiment whose counterpart is there, in the order of their names.

    Args:
        records: of a board.
        predictions: cell id to its whole table; without them no difference is tested.
        metrics: what is registered, by name.
    """
    known = list(records)
    by_id = {one.cell.id: one for one in known}
    found = [(by_id[one.cell.beside], one) for one in known if one.cell.counterpart and one.cell.beside in by_id]
    found.sort(key=lambda pair: (pair[0].cell.experiment, pair[1].cell.experiment, pair[0].cell.id, pair[1].cell.id))
    return tuple(
        Premium(leaky, compared_value(leaky), beside("counterpart", leaky, one, predictions, metrics))
        for leaky, one in found
    )
