"""Records under a folder with scores computed again from their predictions, and those that were chosen."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import scoring
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.records import (
    Record,
    read_located,
    read_predictions,
)
from emobench.scoring import meaningful

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
            metrics = meaningful(identity, registry.metrics.values())
            scores = scoring.score(table, identity.classes, identity.test_parts, metrics)
            record = record.model_copy(update={"scores": scores})
        cells.append((folder, record))
    return cells


def matching(cells: Iterable[Located], only: Sequence[str]) -> list[Located]:
    """Return the cells whose experiment or id matches one of the glob patterns, by suite and experiment; all for none.

    Raises:
        EmobenchError: a pattern matches nothing.
    """
    ordered = sorted(cells, key=lambda one: (one[1].cell.suite, one[1].cell.experiment, one[1].cell.id))
    for pattern in only:
        if not any(_meant(record, pattern) for _, record in ordered):
            known = {record.cell.experiment for _, record in ordered}
            what = f"no experiment and no cell's id matches {pattern!r}"
            raise EmobenchError(what, where="--only", remedy=nearest(pattern, known))
    return [one for one in ordered if not only or any(_meant(one[1], pattern) for pattern in only)]


def _meant(record: Record, pattern: str) -> bool:
    return fnmatch.fnmatchcase(record.cell.experiment, pattern) or fnmatch.fnmatchcase(record.cell.id, pattern)


def chosen(cells: Sequence[Located], only: Sequence[str]) -> list[Located]:
    """Return the cells that patterns mean, see :func:`matching`, with those that they are made from, as far as they are here.

    Raises:
        EmobenchError: a pattern matches nothing.
    """
    wanted = {record.cell.id for _, record in matching(cells, only)}
    needs = {record.cell.id: record.cell.identity.needs for _, record in cells}
    while further := {need for cell in wanted for need in needs.get(cell, ())} - wanted:
        wanted |= further
    return [one for one in cells if one[1].cell.id in wanted]


def predictions_of(cells: Iterable[Located]) -> dict[str, pd.DataFrame]:
    """Read the predictions of the finished cells, by id; where a cell is there several times, those of the latest run.

    A cell of which only the record is there has none.

    Raises:
        EmobenchError: predictions cannot be read.
    """
    latest = {record.cell.id: path for path, record in sorted(cells, key=_lateness) if record.status == "finished"}
    files = {cell: path / "predictions.parquet" for cell, path in latest.items()}
    return {cell: read_predictions(file) for cell, file in files.items() if file.exists()}


def _lateness(located: Located) -> tuple[str, str]:
    return located[1].finished, located[1].model_dump_json()
