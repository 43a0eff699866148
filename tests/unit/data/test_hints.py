"""What lies in a data folder and almost fits."""

from __future__ import annotations

from pathlib import Path

from emobench.data.discovery import scan
from emobench.data.hints import hints


def test_archives_tables_and_folders_of_classes_are_named(tmp_path: Path) -> None:
    for name in ("faces/0/a.png", "faces/6/b.png", "faces/notes/c.txt", "archive.zip", "more/clips.csv", "read/x.zip"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = hints(scan(tmp_path)[0], [tmp_path / "read"])
    assert [(hint.kind, hint.where.relative_to(tmp_path).as_posix(), hint.names) for hint in found] == [
        ("archive", "archive.zip", ()),
        ("classes", "faces", ("0", "6")),
        ("table", "more/clips.csv", ()),
    ]
    assert "unpack it" in str(found[0])
    assert "folders called 0, 6" in str(found[1])
    assert "emobench data add" in str(found[2])


def test_folders_with_other_names_or_without_media_are_no_classes(tmp_path: Path) -> None:
    for name in ("a/anna/1.png", "a/ben/1.png", "b/angry/notes.md", "b/sad/notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert hints(scan(tmp_path)[0], []) == []
