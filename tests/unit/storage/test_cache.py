"""The cache: where it is, its keys, and what becomes of a damaged folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.storage import CACHE_VARIABLE, cache


def write(folder: Path) -> None:
    (folder / "value").write_text("7")


def read(folder: Path) -> int:
    return int((folder / "value").read_text())


def refuse(folder: Path) -> None:
    raise AssertionError("it is there already")


def test_a_home_folder_may_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "~/emobench-cache")
    assert cache.cache_folder() == Path.home() / "emobench-cache"


def test_a_key_does_not_depend_on_the_order_of_names() -> None:
    assert cache.key({"a": 1, "b": 2}) == cache.key({"b": 2, "a": 1}) != cache.key({"a": 2, "b": 1})


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    assert cache.cached(folder, write, read) == 7
    assert cache.cached(folder, refuse, read) == 7


def test_what_is_damaged_is_made_again_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "value").write_text("seven")
    assert cache.cached(folder, write, read) == 7
    assert f"the cache at {folder} is damaged and is made again" in capsys.readouterr().err
