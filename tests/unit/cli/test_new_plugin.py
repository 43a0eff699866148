"""``emobench new-plugin``: what it writes, and what it refuses."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from emobench import cli
from emobench.cli.new_plugin import KINDS, check_name, plugin_files
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.plugins.registry import Registry
from tests.support.pages import commands, parse
from tests.support.stranger import each_kind, write


@pytest.mark.parametrize("kind", ["model", "fusion"])
def test_the_row_stands_on_the_task_of_the_built_in_ones(kind: str) -> None:
    suite = plugin_files("mine", kind, installed_plugins())["src/emobench_mine/mine.toml"]
    own = tomllib.loads(suite)["experiments"][0]
    built_in = tomllib.loads(installed_plugins().suites["paper-replication"].read_text(encoding="utf-8"))["experiments"]
    task = {"dataset", "labels", "protocol", "headline"}
    assert {key: own[key] for key in task} in [{key: one.get(key) for key in task} for one in built_in]


def test_without_the_built_in_models_it_says_what_is_missing_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("emobench.plugins.installed_plugins", Registry)
    assert cli.invoke(["new-plugin", "my-model", "--kind", "model", "--output", str(tmp_path / "mine")]) == 2
    assert "let EMOBENCH_PLUGINS allow emobench's own plugins" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()
    assert cli.invoke(["new-plugin", "my-corpus", "--kind", "dataset", "--output", str(tmp_path / "corpus")]) == 0


@each_kind
def test_commands_of_its_readme_exist(tmp_path: Path, kind: str) -> None:
    project = write(tmp_path, kind)
    called = list(commands(project / "README.md", "emobench"))
    assert ["run", "--suite", f"my-{kind}"] in called
    assert ["check", f"my-{kind}"] in called
    for arguments in called:
        if arguments[0] in cli.cli.commands:
            parse(arguments)
        else:
            assert arguments[0] in ("bundle", "check")


def test_nothing_is_left_of_the_templates(tmp_path: Path) -> None:
    for kind in KINDS:
        project = write(tmp_path, kind)
        for path in (path for path in project.rglob("*") if path.is_file()):
            text = f"{path.relative_to(project)}\n{path.read_text(encoding='utf-8')}"
            assert not any(mark in text for mark in ("<<", "<%", "PACKAGE", "SUITE", "dot_", ".j2")), path
        assert (project / ".github" / "workflows" / "tests.yml").is_file()
        assert (project / ".gitignore").is_file()


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ('Grace "Amazing" Hopper', {"name": 'Grace "Amazing" Hopper'}),
        ("Ada  O'Brien <ada@example.org>", {"name": "Ada O'Brien", "email": "ada@example.org"}),
        ("Žofia", {"name": "Žofia"}),
    ],
)
def test_the_author_is_named(tmp_path: Path, author: str, written: dict[str, str]) -> None:
    project = write(tmp_path, "fusion", "--author", author)
    shown = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert shown["authors"] == [written]
    assert written["name"] in (project / "LICENSE").read_text(encoding="utf-8")


def test_without_an_author_none_is_invented(tmp_path: Path) -> None:
    project = write(tmp_path, "fusion")
    assert "authors" not in tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_folder_is_named_after_the_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.invoke(["new-plugin", "tiny-net", "--kind", "model"]) == 0
    assert (tmp_path / "emobench-tiny-net" / "src" / "emobench_tiny_net" / "model.py").is_file()


def test_same_request_same_files() -> None:
    first = plugin_files("a1", "dataset", installed_plugins())
    assert plugin_files("a1", "dataset", installed_plugins()) == first


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Tiny", "lower-case"),
        ("tiny_net", "lower-case"),
        ("tiny--net", "single hyphens"),
        ("3d-net", "begin with a letter"),
        ("", "lower-case"),
        ("resnet18", r"taken by a model of emobench \d"),
        ("fer2013", r"taken by a dataset of emobench \d"),
        ("seven-emotions", r"taken by a label map of emobench \d"),
        ("paper-replication", r"taken by a suite of emobench \d"),
        ("lambda", "keyword of Python"),
        ("none", "keyword of Python"),  # of which the class would be None
        ("emobench-net", "say 'net'"),
        ("plugins", "'emobench_plugins' is installed already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, why: str) -> None:
    with pytest.raises(EmobenchError, match=why):
        check_name(name, installed_plugins())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").touch()
    assert cli.invoke(["new-plugin", "tiny-net", "--kind", "model", "--output", str(tmp_path)]) == 2
    assert "the folder is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plugin").touch()
    assert cli.invoke(["new-plugin", "tiny-net", "--kind", "model", "--output", str(tmp_path / "plugin")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_an_author_who_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["new-plugin", "tiny-net", "--kind", "model", "--output", str(tmp_path / "new"), "--author", "a <b> c"]
    assert cli.invoke(arguments) == 2
    assert "Name <mail@example.org>" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
