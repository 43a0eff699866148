"""What lies below a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emobench.data import folders
from emobench.errors import EmobenchError
from tests.support.media_files import POINTER, write_wav


def test_walk_lists_files_and_leaves_out_what_systems_leave_behind(tmp_path: Path) -> None:
    for name in ("b/2.wav", "b/._2.wav", "a/1.wav", ".DS_Store", "Thumbs.db", "__MACOSX/3.wav", "PROVENANCE.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    assert folders.walk(tmp_path) == ["a/1.wav", "b/2.wav"]
    assert folders.walk(tmp_path, "a") == ["a/1.wav"]


def test_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(EmobenchError, match="cannot be listed"):
        folders.walk(tmp_path / "absent")
    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(EmobenchError, match="may not be listed; give yourself permission"):
        folders.walk(tmp_path)


def test_only_a_copy_of_nothing_but_pointers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text(POINTER)
    (tmp_path / "b.wav").write_text(POINTER)
    with pytest.raises(EmobenchError, match=r"all 2 files are Git LFS pointers.*git lfs pull"):
        folders.refuse_lfs_pointers(tmp_path, ["a.wav", "b.wav"])
    write_wav(tmp_path / "b.wav")
    folders.refuse_lfs_pointers(tmp_path, ["a.wav", "b.wav"])
