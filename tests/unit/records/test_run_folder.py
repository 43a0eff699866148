"""What a cell leaves on disk, and when it counts as finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.model import Epoch
from emobench.errors import EmobenchError
from emobench.records.predictions import write_predictions
from emobench.records.record import SCHEMA_VERSION, Dropped, Record, Source
from emobench.records.run_folder import (
    OtherSchemaError,
    cell_folder,
    finished,
    read_record,
    read_records,
    write_record,
)
from tests.support.factories import cell, failed, predictions, record


def test_record_goes_round(tmp_path: Path) -> None:
    written = record(
        dropped=(Dropped(sample_id="naïve-1", part="test", reason="the file is empty"),),
        history=(Epoch(1, 2, 0.1 + 0.2, 0.5, {"loss": 1.5}, 3.25),),
        warnings=("UserWarning: careful",),
    )
    write_record(tmp_path, written)
    read = read_record(cell_folder(tmp_path, written.cell.id) / "record.json")
    assert read == written
    assert read.history[0].loss == 0.1 + 0.2
    assert read.cell.identity.id == written.cell.id


def test_record_keeps_its_sources(tmp_path: Path) -> None:
    written = record(sources={"models/tiny-next": Source(distribution="tiny 0.1.0", citation="Doe 2026")})
    write_record(tmp_path, written)
    assert read_record(cell_folder(tmp_path, written.cell.id) / "record.json") == written


def write_changed(folder: Path, **changes: Any) -> Path:
    content = record().model_dump(mode="json") | changes
    path = folder / "record.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION + 1])
def test_record_of_another_schema_version_is_never_written_over(tmp_path: Path, version: int) -> None:
    known = record()
    folder = cell_folder(tmp_path, known.cell.id)
    folder.mkdir(parents=True)
    content = write_changed(folder, schema_version=version, of_tomorrow=1).read_bytes()
    with pytest.raises(OtherSchemaError):
        finished(tmp_path, known.cell.id)
    with pytest.raises(OtherSchemaError):
        write_record(tmp_path, known)
    assert (folder / "record.json").read_bytes() == content


def test_missing_record_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"not a record: .*No such file"):
        read_record(tmp_path / "record.json")


def test_all_records_are_read_in_a_fixed_order(tmp_path: Path) -> None:
    wanted = [record(cell(name, suite=suite)) for suite in ("a", "b") for name in ("x", "y", "z")]
    for one in reversed(wanted):
        write_record(tmp_path / one.cell.suite, one)
    assert read_records(tmp_path) == wanted
    assert read_records(tmp_path / "a") == wanted[:3]


def stored(run: Path, one: Record, *, with_predictions: bool = True) -> Record | None:
    write_record(run, one)
    if with_predictions:
        write_predictions(cell_folder(run, one.cell.id) / "predictions.parquet", predictions())
    return finished(run, one.cell.id)


def test_cell_with_record_and_predictions_is_finished(tmp_path: Path) -> None:
    assert stored(tmp_path, record()) == record()


def test_failed_cell_is_not_finished(tmp_path: Path) -> None:
    assert stored(tmp_path, failed()) is None


def test_cell_without_predictions_is_not_finished(tmp_path: Path) -> None:
    assert stored(tmp_path, record(), with_predictions=False) is None


@pytest.mark.parametrize("left", [0, 3, 1000])
def test_cell_with_predictions_that_were_cut_off_is_not_finished(tmp_path: Path, left: int) -> None:
    one = record()
    stored(tmp_path, one)
    path = cell_folder(tmp_path, one.cell.id) / "predictions.parquet"
    path.write_bytes(path.read_bytes()[:left])
    assert finished(tmp_path, one.cell.id) is None


def test_cell_without_record_is_not_finished(tmp_path: Path) -> None:
    assert finished(tmp_path, "0123456789abcdef") is None


def test_cell_with_an_unreadable_record_is_not_finished(tmp_path: Path) -> None:
    one = record()
    stored(tmp_path, one)
    path = cell_folder(tmp_path, one.cell.id) / "record.json"
    path.write_bytes(path.read_bytes()[:100])
    assert finished(tmp_path, one.cell.id) is None
