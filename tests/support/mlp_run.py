"""A finished run of the built-in MLP on its twin, and the same as if its data were somebody's own."""

from __future__ import annotations

from pathlib import Path

from emobench import cli
from emobench.records.cell import Cell
from emobench.records.predictions import read_predictions, write_predictions
from emobench.records.run_folder import read_record, write_record


def finish(out: Path) -> None:
    """Run the MLP on its twin."""
    assert cli.invoke(["run", "--suite", "paper-replication", "--only", "a.table2.mlp", "--out", str(out)]) == 0


def as_real(run: Path, folder: Path) -> None:
    """Write the same run with another word for where its data came from."""
    for path in run.glob("*/cells/*/record.json"):
        record = read_record(path)
        cell = record.cell.model_copy(update={"provenance": "unverified"})
        write_record(folder, record.model_copy(update={"cell": cell}))
        table = read_predictions(path.parent / "predictions.parquet")
        write_predictions(folder / "cells" / cell.id / "predictions.parquet", table)


def only_cell(run: Path) -> Cell:
    """Return the one cell of a run."""
    (path,) = run.glob("**/cells/*/record.json")
    return read_record(path).cell
