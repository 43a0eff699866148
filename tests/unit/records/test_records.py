"""What a cell leaves on disk, and that it is never half there."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.contracts.model import Epoch
from emobench.errors import EmobenchError
from emobench.records.predictions import predictions_table, read_predictions, write_predictions
from emobench.records.record import SCHEMA_VERSION, Dropped, Record, Source
from emobench.records.run_folder import OtherSchemaError, cell_folder, finished, read_record, read_records, write_record
from emobench.storage.files import atomic, write_json
from tests.support.factories import CLASSES, cell, failed, predictions, random_probabilities, record

FULL = OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# ------------------------------------------------------------------------------------------------ whole files


def test_file_appears_with_its_folder_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    with atomic(path) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert names(tmp_path) == ["new/folder/file"]


def overwrite(path: Path, error: BaseException | None) -> None:
    with atomic(path) as file:
        file.write(b"new")
        if error:
            raise error


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_exception_in_the_block_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(type(error)):
        overwrite(path, error)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("when", ["write", "fsync", "rename"])
def test_full_disk_is_one_line_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def full(*_: Any) -> Any:
        raise FULL

    path = tmp_path / "file"
    path.write_bytes(b"old")
    if when == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    if when == "rename":
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EmobenchError) as caught:
        overwrite(path, FULL if when == "write" else None)
    monkeypatch.undo()
    remedy = "free space and give the same command again"
    assert str(caught.value) == f"{path}: cannot write: No space left on device; {remedy}"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_file_is_synced_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(handle: int) -> None:
        order.append("sync")
        fsync(handle)

    def watched_replace(path: Path, target: Path) -> Path:
        order.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    with atomic(tmp_path / "file"):
        pass
    assert order[:2] == ["sync", "rename"]


def test_place_under_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmobenchError, match=r"cannot write: .*; choose another folder, or see who may write here"):
        write_json(tmp_path / "file" / "record.json", {})


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def write(letter: bytes) -> None:
        for _ in range(20):
            with atomic(path) as file:
                for _ in range(50):
                    file.write(letter * 100)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in (b"a" * 5000, b"b" * 5000)
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_that_no_other_program_reads_is_not_written(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "file.json", {"value": number})
    assert names(tmp_path) == []


# ---------------------------------------------------------------------------------------------------- records


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


@pytest.mark.parametrize(
    ("version", "remedy"),
    [
        (1, "run again in another folder, or take the current boards"),
        (SCHEMA_VERSION + 1, "use the emobench that wrote it, or another folder"),
    ],
)
def test_record_of_another_schema_version_is_one_line(tmp_path: Path, version: int, remedy: str) -> None:
    path = write_changed(tmp_path, schema_version=version)
    with pytest.raises(EmobenchError) as caught:
        read_record(path)
    assert str(caught.value) == f"{path}: a record of schema {version}, this emobench reads schema 2; {remedy}"


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


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"{}", b'{"schema_version": "1"}'])
def test_file_that_is_no_record_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(content)
    with pytest.raises(EmobenchError, match=r"^/.*record\.json: not a record: ") as caught:
        read_record(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("changes", [{"status": "perhaps"}, {"surprise": 1}, {"counts": 3}, {"cell": {}}])
def test_record_that_breaks_the_schema_is_one_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = write_changed(tmp_path, **changes)
    with pytest.raises(EmobenchError, match=r"not a record: .*; delete the cell's folder and run again"):
        read_record(path)


def test_missing_record_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"not a record: .*No such file"):
        read_record(tmp_path / "record.json")


def test_all_records_are_read_in_a_fixed_order(tmp_path: Path) -> None:
    wanted = [record(cell(name, suite=suite)) for suite in ("a", "b") for name in ("x", "y", "z")]
    for one in reversed(wanted):
        write_record(tmp_path / one.cell.suite, one)
    assert read_records(tmp_path) == wanted
    assert read_records(tmp_path / "a") == wanted[:3]


# ------------------------------------------------------------------------------------------------ predictions


def test_predictions_go_round(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    table = predictions(parts=("public", "private"))
    write_predictions(path, table)
    pd.testing.assert_frame_equal(read_predictions(path), table, check_dtype=False)
    assert read_predictions(path)["p_angry"].dtype == np.float32


def truth(n: int) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": [f"s{i}" for i in range(n)], "part": "test", "label": "sad", "group": ""})


def test_prediction_is_the_first_of_the_most_probable_classes() -> None:
    probabilities = np.asarray([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [1 / 3, 1 / 3, 1 / 3]])
    assert predictions_table(CLASSES, probabilities, truth(3))["prediction"].tolist() == ["happy", "angry", "angry"]


def test_prediction_follows_from_what_is_stored() -> None:
    """Two numbers that differ only beyond float32 are a tie in the file, and so for whoever reads it."""
    table = predictions_table(CLASSES, np.asarray([[0.4, 0.4 + 1e-12, 0.2]]), truth(1))
    assert table["p_angry"][0] == table["p_happy"][0]
    assert table["prediction"][0] == "angry"


def test_table_holds_the_truth_in_its_order_and_nothing_else() -> None:
    known = truth(5).assign(secret="x").set_index(np.arange(5) * 7)
    table = predictions_table(CLASSES, random_probabilities(5, 3), known)
    assert list(table.columns) == ["sample_id", "part", "label", "group", "prediction", "p_angry", "p_happy", "p_sad"]
    assert table["sample_id"].tolist() == known["sample_id"].tolist()


@pytest.mark.parametrize("content", [None, b"", b"PAR1 no parquet PAR1", b"sample_id,part\n"])
def test_file_without_predictions_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "predictions.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EmobenchError, match=r"cannot read the predictions: .*; run the cell again") as caught:
        read_predictions(path)
    assert "\n" not in str(caught.value)


def test_table_of_something_else_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    predictions().drop(columns=["group", "label"]).to_parquet(path)
    with pytest.raises(EmobenchError, match="no column group, label; it must come from emobench run"):
        read_predictions(path)


# -------------------------------------------------------------------------------------------------- finished


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
