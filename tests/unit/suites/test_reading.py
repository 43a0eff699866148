"""Suite files: every mistake is one line with file, place and remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.suites.reading import find_suite, read_suite
from emobench.suites.schema import Suite
from tests.support.suite_texts import BOTH, HEAD, NET, SECOND, read, refusal


def test_built_in_suites_read() -> None:
    for name, path in installed_plugins().suites.items():
        suite = find_suite(name, installed_plugins())
        assert suite.name == name
        assert suite.file == path
        written = tomllib.loads(path.read_text(encoding="utf-8"))["experiments"]
        assert [experiment.name for experiment in suite.own] == [one["name"] for one in written]


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


# ------------------------------------------------------------------------------------------------ extending a suite

EXTENDING = 'schema = 1\ntitle = "More"\nextends = "my_suite.toml"\n'


def extending(folder: Path, text: str, head: str = EXTENDING) -> Suite:
    (folder / "more.toml").write_text(head + text, encoding="utf-8")
    return read_suite(folder / "more.toml")


def test_suite_has_the_experiments_of_the_one_that_it_extends_before_its_own(tmp_path: Path) -> None:
    base = read(tmp_path, HEAD + NET + SECOND)
    suite = extending(tmp_path, BOTH)
    assert suite.base == base
    assert list(suite.by_name) == ["net", "second", "both"]
    assert [suite.origin(name).name for name in suite.by_name] == ["my-suite", "my-suite", "more"]
    assert [suite.holds(name) for name in ("my-suite", "more", "another")] == [True, True, False]
    assert not base.holds("more")


def test_twins_of_an_extending_suite_train_as_those_of_the_extended_one_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    read(tmp_path, HEAD + "[twin.training]\nsteps = 20\n" + NET + SECOND)
    assert extending(tmp_path, '[twin]\ntoo_small_for = ["both"]\n' + BOTH).twin_training.steps == 20
    assert extending(tmp_path, "[twin.training]\nepochs = 3\n" + BOTH).twin_training.epochs == 3


def test_what_twins_are_too_small_for_is_said_where_the_experiment_stands(tmp_path: Path) -> None:
    read(tmp_path, HEAD + NET + SECOND)
    with pytest.raises(EmobenchError, match=r"twin\.too_small_for: 'net' is not of this file"):
        extending(tmp_path, '[twin]\ntoo_small_for = ["net"]\n' + BOTH)


def test_name_of_the_extended_suite_is_taken(tmp_path: Path) -> None:
    read(tmp_path, HEAD + NET)
    with pytest.raises(EmobenchError, match="'my-suite', which it extends, has an experiment 'net' too"):
        extending(tmp_path, NET)


def test_circle_of_suites_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "my_suite.toml").write_text(HEAD + 'extends = "more.toml"\n' + NET, encoding="utf-8")
    with pytest.raises(EmobenchError) as caught:
        extending(tmp_path, SECOND)
    assert str(caught.value) == (
        f"{tmp_path / 'more.toml'}: suites extend each other in a circle: more, my-suite, more; "
        "remove 'extends' from one of them, or rename a file"
    )


def test_extended_suite_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"more\.toml, extends: no suite 'paper-replicaton'; did you mean"):
        extending(tmp_path, NET, EXTENDING.replace("my_suite.toml", "paper-replicaton"))


def test_built_in_suite_of_scrutiny_adds_to_what_the_papers_print() -> None:
    suite = find_suite("paper-scrutiny", installed_plugins())
    printed = find_suite("paper-replication", installed_plugins())
    assert suite.base == printed
    assert all(one.name.split(".")[0] in {"a", "b"} for one in printed.experiments)
    assert {one.name for one in printed.experiments if not one.published} == {"a.table2.mlp-literal"}
    assert not any(one.published for one in suite.own)
