"""Finding cells in run folders by what a user calls them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError, nearest

if TYPE_CHECKING:
    from emobench.records import Record


def matching(wanted: str, records: Sequence[Record], runs: Path) -> list[Record]:
    """Return the records that a name stands for: an experiment's, or the beginning of a cell's id.

    Raises:
        EmobenchError: there is none.
    """
    chosen = [
        record
        for record in records
        if wanted and (wanted == record.cell.experiment or record.cell.id.startswith(wanted))
    ]
    if not chosen:
        known = {record.cell.experiment for record in records}
        raise EmobenchError(f"no cell {wanted!r}", where=str(runs), remedy=nearest(wanted, known))
    return chosen
