"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.storage.files import CACHE_VARIABLE, atomic, whole_folder, write_json, writing

FULL = OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


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


def test_folder_made_meanwhile_by_another_process_stays(tmp_path: Path) -> None:
    target = tmp_path / "target"
    with whole_folder(target) as temporary:
        (temporary / "mine").touch()
        target.mkdir()
        (target / "theirs").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "theirs"]


def test_folder_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "target"
    with whole_folder(target) as temporary:
        (temporary / "file").touch()
        assert not target.exists()
    assert (target / "file").exists()


def test_full_disk_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(EmobenchError, match="No space left on device; free space, or set EMOBENCH_CACHE"),
        whole_folder(tmp_path / "target"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmobenchError, match="cannot write: "), whole_folder(tmp_path / "file" / "target"):
        pass


def test_file_missing_elsewhere_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole_folder(tmp_path / "target"):
        (tmp_path / "nowhere" / "file").read_bytes()


def test_cache_is_no_remedy_where_the_data_folder_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="another folder") as caught, writing(tmp_path):
        (tmp_path / "none" / "file").write_text("")
    assert CACHE_VARIABLE not in str(caught.value)
