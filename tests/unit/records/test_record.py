"""What is a record: schema, version, and which field is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.records.record import SCHEMA_VERSION
from emobench.records.run_folder import (
    parse_record,
    read_record,
)
from tests.support.factories import record


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


@pytest.mark.parametrize("version", ["", '"schema_version": "2"', '"schema_version": 2.0'])
def test_record_without_a_whole_schema_version_is_no_record(version: str) -> None:
    with pytest.raises(EmobenchError, match="not a record: it has no schema version"):
        parse_record(f"{{{version}}}".encode(), "record.json")


def test_fault_of_a_record_is_named_with_its_field() -> None:
    with pytest.raises(EmobenchError, match="not a record: emobench: Field required"):
        parse_record(b'{"schema_version": 2}', "record.json")
