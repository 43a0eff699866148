"""Finding cells in run folders by what a user calls them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError, nearest

if TYPE_CHECKING:
    from emobench.publishing import Located


def named(name: str, cells: Sequence[Located], runs: Path) -> list[Located]:
    """Return the cells that a name means: an experiment's, or the beginning of a cell's id; by suite, experiment and id.

    Raises:
        EmobenchError: there is none.
    """
    meant = [
        (folder, record)
        for folder, record in cells
        if name and (name == record.cell.experiment or record.cell.id.startswith(name))
    ]
    if not meant:
        known = {record.cell.experiment for _, record in cells}
        remedy = nearest(name, known) if known else "name a folder of runs or of boards with --runs"
        raise EmobenchError(f"no cell {name!r}", where=str(runs), remedy=remedy)
    return sorted(meant, key=lambda located: (located[1].cell.suite, located[1].cell.experiment, located[1].cell.id))
