"""Folders that appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.storage.files import CACHE_VARIABLE, whole_folder, writing


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
