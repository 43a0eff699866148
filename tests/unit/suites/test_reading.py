"""Suite files: every mistake is one line with file, place and remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.suites.reading import find_suite, read_suite
from tests.support.suite_texts import HEAD, NET, read, refusal


def test_built_in_suites_read() -> None:
    for name, path in installed_plugins().suites.items():
        suite = find_suite(name, installed_plugins())
        assert suite.name == name
        assert suite.file == path
        written = tomllib.loads(path.read_text(encoding="utf-8"))["experiments"]
        assert [experiment.name for experiment in suite.experiments] == [one["name"] for one in written]


def test_suite_is_found_by_path(tmp_path: Path) -> None:
    read(tmp_path, HEAD + NET)
    assert find_suite(str(tmp_path / "my_suite.toml"), installed_plugins()).name == "my-suite"


def test_file_of_that_name_is_pointed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dup.toml").touch()
    with pytest.raises(EmobenchError, match=r"no suite 'dup'; for the file ./dup.toml write --suite ./dup.toml"):
        find_suite("dup", installed_plugins())


def test_unknown_suite_has_the_nearest_name() -> None:
    with pytest.raises(EmobenchError, match="no suite 'paper-replicaton'; did you mean 'paper-replication'"):
        find_suite("paper-replicaton", installed_plugins())


def test_syntax_error_tells_the_line(tmp_path: Path) -> None:
    assert "line 3" in refusal(tmp_path, HEAD + "description = oops\n")


def test_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(EmobenchError) as caught:
        read_suite(path)
    assert str(caught.value) == f"{path}: cannot read the suite: No such file or directory; check the path"


def test_folder_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="cannot read the suite: Is a directory"):
        read_suite(tmp_path)


def test_file_that_is_not_utf_8_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'schema = 1\ntitle = "na\xefve"\n')
    with pytest.raises(EmobenchError, match=r"latin\.toml: not valid TOML: 'utf-8' codec can't decode byte 0xef"):
        read_suite(path)
