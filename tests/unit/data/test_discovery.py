"""Finding the copies of datasets under a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

from emobench.contracts.dataset import Copy
from emobench.data import discovery
from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from tests.conftest import Dots


def names(root: Path) -> list[str]:
    folders, problems = discovery.scan(root)
    assert not problems
    return [folder.path.relative_to(root).as_posix() for folder in folders]


def make(root: Path, *folders: str) -> None:
    for folder in folders:
        (root / folder).mkdir(parents=True)


def test_scan_goes_five_levels_deep(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c/d/e/f")
    assert names(tmp_path) == [".", "a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e"]


def test_what_is_reached_by_several_ways_is_scanned_from_the_shortest(tmp_path: Path) -> None:
    make(tmp_path, "a/inside", "z/1/2/3")
    (tmp_path / "z/1/2/3/link").symlink_to(tmp_path / "a")
    assert "a/inside" in names(tmp_path)


def test_scan_tells_names_and_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/b", "a/.c")
    (tmp_path / "a" / "file.txt").touch()
    monkeypatch.chdir(tmp_path)
    folder = discovery.scan(Path())[0][1]
    assert folder.path == tmp_path / "a"
    assert folder.folders == {"b"}
    assert folder.files == {"file.txt"}


def test_scan_leaves_hidden_folders_out(tmp_path: Path) -> None:
    make(tmp_path, "a", ".git/objects", "a/.cache")
    assert names(tmp_path) == [".", "a"]


def test_scan_takes_a_hidden_root(tmp_path: Path) -> None:
    make(tmp_path, ".cache/a")
    assert names(tmp_path / ".cache") == [".", "a"]


def test_scan_follows_a_link_once_and_is_not_caught_in_a_loop(tmp_path: Path) -> None:
    make(tmp_path, "data/a", "elsewhere/b")
    (tmp_path / "data/a/up").symlink_to(tmp_path / "data")
    (tmp_path / "data/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data/second-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data/itself").symlink_to("itself")
    assert names(tmp_path / "data") == [".", "a", "link", "link/b"]


@pytest.mark.parametrize("what", ["nothing", "file"])
def test_root_that_is_no_folder_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmobenchError, match=f"{what}: no such folder; name the folder .* with --data"):
        discovery.scan(tmp_path / what)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of folders that may not be listed, also by root."""
    closed: set[str] = set()
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if Path(path).name in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return closed


def test_folder_that_cannot_be_listed_is_told_and_the_others_are_scanned(tmp_path: Path, locked: set[str]) -> None:
    make(tmp_path, "a/b", "secret/c", "z")
    locked.add("secret")
    folders, problems = discovery.scan(tmp_path)
    assert [folder.path.name for folder in folders] == [tmp_path.name, "a", "b", "z"]
    assert [str(problem) for problem in problems.values()] == [
        f"{tmp_path / 'secret'}: this folder may not be listed; give yourself permission to read it"
    ]


def test_root_that_cannot_be_listed_is_an_error(tmp_path: Path, locked: set[str]) -> None:
    make(tmp_path, "closed")
    locked.add("closed")
    with pytest.raises(EmobenchError, match="closed: this folder may not be listed"):
        discovery.scan(tmp_path / "closed")


class Throwing(Dots):
    """A dataset whose plugin throws when it looks for copies."""

    name: ClassVar[str] = "throwing"

    def find(self, folders: Any) -> list[Copy]:
        """Throw."""
        raise ZeroDivisionError("division\nby zero")


class Silent(Dots):
    """A dataset that is never there."""

    name: ClassVar[str] = "silent"

    def find(self, folders: Any) -> list[Copy]:
        """Find nothing."""
        return []


def test_plugin_that_throws_does_not_keep_the_others_from_being_found(dots: Path, plugins: Registry) -> None:
    found = discovery.find_copies([Throwing(), Dots(), Silent()], dots.parent, plugins)
    assert list(found) == ["throwing", "dots", "silent"]
    assert str(found["throwing"].problem) == (
        "throwing: the plugin failed: ZeroDivisionError: division by zero; report it to the plugin's author"
    )
    assert found["dots"].copy
    assert found["dots"].copy.location == Copy(dots, "folders")
    assert found["silent"] == discovery.Found("silent")


def test_copy_with_a_folder_that_cannot_be_listed_is_not_used(dots: Path, plugins: Registry, locked: set[str]) -> None:
    locked.add("private")
    found = discovery.find_copies([Dots()], dots.parent, plugins)["dots"]
    assert found.copy is None
    assert f"{dots / 'private'}: this folder may not be listed" in str(found.problem)


def test_folder_elsewhere_that_cannot_be_listed_does_no_harm(dots: Path, plugins: Registry, locked: set[str]) -> None:
    make(dots.parent, "secret")
    locked.add("secret")
    assert discovery.find_copies([Dots()], dots.parent, plugins)["dots"].copy


def test_further_copies_are_told_and_not_read(dots: Path, plugins: Registry) -> None:
    second = dots.parent / "more" / "dots"
    second.mkdir(parents=True)
    Dots().write_twin(second)
    (second / "train" / "round-00.pix").write_bytes(b"")
    found = discovery.find_copies([Dots()], dots.parent, plugins)["dots"]
    assert found.copy
    assert found.copy.location.root == dots
    assert [copy.root for copy in found.others] == [second]
