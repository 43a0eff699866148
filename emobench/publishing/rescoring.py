"""Records under a folder with scores computed again from their predictions, and those that were chosen."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import scoring
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.records import Record, badge, read_located, read_predictions

if TYPE_CHECKING:
    import pandas as pd

Located = tuple[Path, Record]
"""The folder of a cell and its record."""


def rescored(runs: Path, registry: Registry) -> list[Located]:
    """Read every cell under a folder and compute its scores again from its predictions.

    Raises:
        EmobenchError: a record or its predictions cannot be read.
    """
    cells = []
    for folder, record in read_located(runs):
        if record.status == "finished":
            identity = record.cell.identity
            table = read_predictions(folder / "predictions.parquet")
            metrics = scoring.meaningful(identity, registry.metrics.values())
            scores = scoring.score(table, identity.classes, identity.test_parts, metrics, identity.target)
            record = record.model_copy(update={"scores": scores})
        cells.append((folder, record))
    return cells


def matching(cells: Iterable[Located], only: Sequence[str]) -> list[Located]:
    """Return the cells whose experiment or id matches one of the glob patterns, by suite and experiment; all for none.

    Raises:
        EmobenchError: a pattern matches nothing.
    """
    ordered = sorted(cells, key=lambda at: (at[1].cell.suite, at[1].cell.experiment, at[1].cell.id))
    names = {(name, record.cell.id) for _, record in ordered for name in (record.cell.experiment, record.cell.id)}
    found: set[str] = set()
    for pattern in only:
        matched = {cell for name, cell in names if fnmatch.fnmatchcase(name, pattern)}
        if not matched:
            known = {record.cell.experiment for _, record in ordered}
            what = f"no experiment and no cell's id matches {pattern!r}"
            raise EmobenchError(what, where="--only", remedy=nearest(pattern, known))
        found |= matched
    return [(folder, record) for folder, record in ordered if not only or record.cell.id in found]


def chosen(cells: Sequence[Located], only: Sequence[str]) -> list[Located]:
    """Return the cells that patterns mean, see :func:`matching`, with those that they are made from, as far as they are here.

    Raises:
        EmobenchError: a pattern matches nothing.
    """
    found = {record.cell.id for _, record in matching(cells, only)}
    needs = {record.cell.id: record.cell.identity.needs for _, record in cells}
    while further := {need for cell in found for need in needs.get(cell, ())} - found:
        found |= further
    return [(folder, record) for folder, record in cells if record.cell.id in found]


def with_badges(cells: Sequence[Located], badges: Sequence[str]) -> list[Located]:
    """Return the cells whose rows have one of the badges (see :func:`emobench.records.badge`); all where none is named.

    A fold stays with the cell that puts it together.

    Raises:
        EmobenchError: no row has one.
    """
    if not badges:
        return list(cells)
    kept = {record.cell.id for _, record in cells if not record.cell.fold and badge(record.cell.exposure) in badges}
    if not kept:
        there = sorted({badge(record.cell.exposure) for _, record in cells})
        raise EmobenchError(
            f"no row is {' or '.join(badges)}", where="--exposure", remedy=f"there are {', '.join(there)}"
        )
    folds = {fold for _, record in cells if record.cell.id in kept for fold in record.cell.identity.folds}
    return [(folder, record) for folder, record in cells if record.cell.id in kept | folds]


def predictions_of(cells: Iterable[Located]) -> dict[str, pd.DataFrame]:
    """Read the predictions of the finished cells, by id; where a cell is there several times, those of the latest run.

    A cell of which only the record is there has none.

    Raises:
        EmobenchError: predictions cannot be read.
    """
    ordered = sorted(cells, key=lambda at: (at[1].finished, at[1].model_dump_json()))
    files = {record.cell.id: path / "predictions.parquet" for path, record in ordered if record.status == "finished"}
    return {cell: read_predictions(file) for cell, file in files.items() if file.exists()}
