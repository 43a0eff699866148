"""What is a record: schema, version, and which field is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.recipe import Augmentation, Recipe
from emobench.errors import EmobenchError
from emobench.records.record import SCHEMA_VERSION, Selection
from emobench.records.run_folder import (
    parse_record,
    read_record,
)
from emobench.storage import json_bytes
from tests import ROOT
from tests.support.factories import cell, identity, record


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


def test_selection_on_validation_is_written_and_read_back() -> None:
    selection = Selection(
        kind="validation",
        samples=240,
        by="balanced_accuracy",
        value=0.0,
        epoch=12,
        epochs=22,
        chosen={"C": 0.1},
        tried=3,
    )
    recipe = Recipe(keep="best", by="balanced_accuracy", augment=(Augmentation("crop", {"pixels": 4}),))
    of = identity(recipe=recipe, grid={"C": (0.1, 1.0), "decay": ("", "cosine")})
    written = record().model_copy(update={"cell": cell(what=of), "selection": selection})
    read = parse_record(written.model_dump_json().encode(), "record.json")
    assert read == written
    assert read.cell.identity.id == of.id
    assert isinstance(read.cell.identity.recipe, Recipe)
    words = "epoch 12 of 22 with C 0.1 of 3 combinations, by UAR 0.0000 on 240 samples of the validation part"
    assert str(read.selection) == words


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (
            Selection(kind="validation", samples=1200, by="accuracy", value=0.5, epoch=3, epochs=5),
            "epoch 3 of 5, by accuracy 0.5000 on 1,200 samples of the validation part",
        ),
        (Selection(kind="validation", by="accuracy", tried=3), "each fold on its own validation part, by accuracy"),
    ],
)
def test_selection_on_validation_in_words(selection: Selection, words: str) -> None:
    assert str(selection) == words


def test_published_records_are_written_as_they_were() -> None:
    paths = sorted((ROOT / "leaderboards" / "cells").glob("*/record.json"))
    assert paths
    for path in paths:
        read = read_record(path)
        assert json_bytes(read.model_dump(mode="json")) == path.read_bytes(), path.parent.name
        asks = read.cell.suite in ("beyond-papers", "pretrained-voices")
        assert asks == bool({"recipe", "grid"} & read.cell.identity.model_dump().keys())
