"""Files from anywhere: archives, tables and tables of contents."""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.plugins.registry import Registry
from emobench.publishing.bundles import adding, reading, verifying
from emobench.records.run_folder import read_record, write_record
from tests.support.bundles import (
    A_RECORD,
    Files,
    added,
    archive,
    cell_of,
    files_of,
    listed_again,
    problems,
    written,
    wrong_score,
    zipped,
)


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


ARCHIVES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no archive": (lambda _: b"no archive at all", "a damaged archive, or none"),
    "truncated": (lambda whole: whole[: len(whole) // 2], "a damaged archive, or none"),
    "flipped bit": (lambda whole: whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], "a damaged archive, or none"),
    "traversal": (lambda whole: added(whole, "../../evil.json"), "leads out of the folder"),
    "backslashes": (lambda whole: added(whole, "cells\\..\\..\\evil.json"), "leads out of the folder"),
    "absolute": (lambda whole: added(whole, "/etc/cron.d/evil"), "leads out of the folder"),
    "drive": (lambda whole: added(whole, "C:/evil.json"), "leads out of the folder"),
    "link": (lambda whole: added(whole, link(A_RECORD)), "is a link"),
    "media": (lambda whole: added(whole, "cells/film.mp4"), "cells/film.mp4: is there, and not listed"),
    "twice": (lambda whole: added(whole, "bundle.json"), "is there twice"),
    "bomb": (
        lambda whole: added(whole, A_RECORD, bytes(201_000_000)),
        "would become 201 MB, far too much",
    ),
    "many bombs": (
        lambda whole: archive([(str(n), bytes(90_000_000)) for n in range(3)], zipfile.ZIP_DEFLATED),
        "its content would be 270 MB, far too much",
    ),
    "empty": (lambda _: archive([]), "bundle.json: there is no table of contents"),
    "larger than it says": (lambda whole: understated(whole), "a damaged archive, or none"),
}


def understated(whole: bytes) -> bytes:
    """Return a bundle with 5 MB of zeros in it, which says of them that there are 10 bytes."""
    return added(whole, A_RECORD, bytes(5_000_000)).replace(struct.pack("<I", 5_000_000), struct.pack("<I", 10))


SAME_CONTENT: dict[str, Callable[[bytes], bytes]] = {
    "compressed": lambda whole: archive(list(files_of(whole).items()), zipfile.ZIP_DEFLATED),
    "another order": lambda whole: archive(sorted(files_of(whole).items(), reverse=True)),
    "a comment": lambda whole: whole[:-2] + b"\x05\x00extra",
}


@pytest.mark.parametrize("kind", SAME_CONTENT)
def test_an_archive_with_the_same_content_will_do(tmp_path: Path, single: bytes, registry: Registry, kind: str) -> None:
    assert problems(tmp_path, SAME_CONTENT[kind](single), registry) == []


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_are_not_trusted(tmp_path: Path, single: bytes, registry: Registry, kind: str) -> None:
    make, what = ARCHIVES[kind]
    told = problems(tmp_path, make(single), registry)
    assert any(what in line for line in told), told
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]


def test_a_table_that_says_it_is_too_large_is_not_read(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_PREDICTIONS", 10)
    assert any("35 rows of 0 MB are too many" in line for line in problems(tmp_path, single, registry))


def manifest_with(files: Files, **changes: Any) -> bytes:
    fields = {**json.loads(files["bundle.json"]), **changes}
    return zipped({**files, "bundle.json": json.dumps(fields, indent=1).encode() + b"\n"})


def with_other_schema(files: Files) -> Files:
    path = f"cells/{cell_of(files, 'fitted')}/record.json"
    return listed_again({**files, path: files[path].replace(b'"schema_version": 2', b'"schema_version": 9')})


INVENTORIES: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "schema": (lambda files: manifest_with(files, schema_version=99), "bundle schema version 99 is unknown"),
    "record schema": (lambda files: zipped(with_other_schema(files)), "a record of schema 9, this emobench"),
    "unknown key": (lambda files: manifest_with(files, media=["a.mp4"]), "not the table of contents of a bundle"),
    "no manifest": (
        lambda files: zipped({name: inside for name, inside in files.items() if name != "bundle.json"}),
        "there is no table of contents",
    ),
    "missing": (
        lambda files: zipped({name: inside for name, inside in files.items() if not name.endswith("parquet")}),
        "predictions.parquet: is listed, and not there",
    ),
    "extra": (lambda files: zipped({**files, A_RECORD: b"{}"}), f"{A_RECORD}: is there, and not listed"),
    "changed": (
        lambda files: zipped({name: inside.replace(b"cpu", b"gpu") for name, inside in files.items()}),
        "record.json: has the sha256",
    ),
    "no cell": (lambda files: manifest_with(files, cells={}), "there is no cell in it"),
    "no licence": (
        lambda files: manifest_with(files, datasets={}),
        "where the dataset 'clips' comes from is not listed",
    ),
    "says media": (lambda files: manifest_with(files, contains="films"), "not the table of contents of a bundle"),
}


@pytest.mark.parametrize("kind", INVENTORIES)
def test_table_of_contents_must_be_right(tmp_path: Path, single: bytes, registry: Registry, kind: str) -> None:
    make, what = INVENTORIES[kind]
    told = problems(tmp_path, make(files_of(single)), registry)
    assert any(what in line for line in told), told


def test_a_board_that_was_changed_is_not_what_its_receipt_says(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    (path,) = board.glob("cells/*/record.json")
    write_record(board, wrong_score(read_record(path)))
    told = [str(one) for one in verifying.verify(board / "bundles" / "mine.json", registry).problems]
    assert any("record.json: has the sha256" in line for line in told)
    assert any("accuracy on 'private' is 0.999" in line for line in told)
    path.unlink()
    told = [str(one) for one in verifying.verify(board / "bundles" / "mine.json", registry).problems]
    assert any("record.json: is listed, and not there" in line for line in told)


def test_a_receipt_reads_nothing_outside_its_board(tmp_path: Path, single: bytes, registry: Registry) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    path = board / "bundles" / "mine.json"
    fields = json.loads(path.read_bytes())
    (cell,) = fields["cells"]
    path.write_text(json.dumps({**fields, "cells": {"../../secret": fields["cells"][cell]}}))
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "record.json").write_bytes(b"secret")
    (problem,) = verifying.verify(path, registry).problems
    assert "not the table of contents of a bundle" in problem.what
    path.write_text(json.dumps(fields))
    record = board / "cells" / cell / "record.json"
    record.rename(tmp_path / "record.json")
    record.symlink_to(tmp_path / "record.json")
    (problem,) = verifying.verify(path, registry).problems
    assert str(problem) == f"cells/{cell}/record.json: is listed, and not there"
