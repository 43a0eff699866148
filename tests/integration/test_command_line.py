"""What the command line offers a person: completion, help, suggestions, and what to put into a bug report."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from emobench import cli
from emobench.plugins import loading
from emobench.plugins.loading import installed_plugins
from emobench.records.run_folder import write_record
from emobench.splits.task import only_label_map
from tests.conftest import FakeEntry
from tests.support import factories
from tests.support.pages import parse


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from walk(inner, (*path, name))


COMMANDS = dict(walk(cli.cli))
every_command = pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "emobench")


def offered(line: str, *, kind: str = "plain") -> list[str]:
    """Return what is offered at the end of a line."""
    *words, incomplete = shlex.split(line.replace("|", "''"))
    found = ShellComplete(cli.cli, {}, "emobench", "_EMOBENCH_COMPLETE").get_completions(words[1:], incomplete)
    return [item.value for item in found if item.type == kind]


# --------------------------------------------------------------------------------------------------- completion


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("emobench run --suite |", ["suites"]),
        ("emobench claims --suite |", ["suites"]),
        ("emobench audit --dataset |", ["datasets"]),
        ("emobench audit --labels |", ["label_maps"]),
        ("emobench audit --protocol |", ["protocols"]),
        ("emobench data verify fer2013 |", ["datasets"]),
        ("emobench data twin |", ["datasets"]),
        (
            "emobench check |",
            ["datasets", "models", "fusions", "representations", "protocols", "label_maps", "metrics"],
        ),
    ],
)
def test_names_of_components_are_completed(line: str, kinds: list[str]) -> None:
    assert offered(line) == sorted({name for kind in kinds for name in getattr(installed_plugins(), kind)})


def test_only_what_begins_alike_is_offered() -> None:
    assert offered("emobench check resnet") == [
        name for name in sorted(installed_plugins().models) if name.startswith("resnet")
    ]
    assert offered("emobench rn") == []
    assert offered("emobench com") == ["compare", "completion"]
    assert "run" in offered("emobench rnu |")  # what is wrong is said when the command is given


def test_experiments_are_those_of_the_suite_that_stands_before(tmp_path: Path) -> None:
    assert "a.table2.mlp" in offered("emobench run --suite paper-replication --only a.t")
    (tmp_path / "mine.toml").write_text('[[experiments]]\nname = "first"\n[[experiments]]\nname = "second"\n')
    assert offered(f"emobench audit --suite {tmp_path / 'mine.toml'} --only |") == ["first", "second"]
    assert offered("emobench plan --suite no-such --only |") == []


def test_paths_of_suites_are_left_to_the_shell() -> None:
    assert offered("emobench run --suite ./mi", kind="file") == ["./mi"]


def test_results_are_those_in_the_folder_of_runs(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_record(tmp_path / "demo", factories.record(factories.cell(name)))
    assert offered(f"emobench compare --runs {tmp_path} one |") == ["one", "two"]
    (tmp_path / "demo" / "cells" / factories.cell("one").id / "record.json").write_text("cut o")
    assert offered(f"emobench show --runs {tmp_path} |") == []


def test_completion_of_names_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.shell_completion import ShellComplete; from emobench.cli import cli\n"
        "complete = ShellComplete(cli, {}, 'emobench', 'X').get_completions\n"
        "found = complete(['run', '--suite'], '') + complete(['check'], '')\n"
        "found += complete(['run', '--suite', 'paper-replication', '--only'], '')\n"
        "print(len(found) > 60, [m for m in ('torch', 'pandas', 'numpy', 'sklearn', 'mlflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "[]"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_is_one_of_its_shell(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.invoke(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert f"_EMOBENCH_COMPLETE={shell}_complete" in text
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here to read it")
    (tmp_path / "script").write_text(text)
    subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


def test_bash_completes_with_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    assert cli.invoke(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    program = tmp_path / "emobench"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m emobench "$@"\n')
    program.chmod(0o755)
    typed = "source ./script; COMP_WORDS=(./emobench data ver); COMP_CWORD=2; _emobench_completion ./emobench"
    typed += '; echo "${COMPREPLY[@]}"'
    done = subprocess.run([bash, "-c", typed], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("verify", "")


# --------------------------------------------------------------------------------------------------------- help


def examples(path: tuple[str, ...]) -> list[list[str]]:
    """Return the arguments of the examples in a help text."""
    lines = (COMMANDS[path].help or "").splitlines()
    found = [re.split(r"\s{2,}", line.strip())[0] for line in lines if line.strip().startswith("emobench ")]
    return [shlex.split(line)[1:] for line in found]


@every_command
def test_help_has_an_example_of_this_very_command(path: tuple[str, ...]) -> None:
    assert any(tuple(arguments[: len(path)]) == path and len(arguments) > len(path) for arguments in examples(path))


@every_command
def test_examples_in_the_help_parse(path: tuple[str, ...]) -> None:
    for arguments in examples(path):
        parse(arguments)


@pytest.mark.parametrize("name", ["score", "splits"])
def test_examples_in_the_help_say_which_classes_where_a_dataset_has_several(name: str) -> None:
    shown = examples((name,))
    assert shown
    for arguments in shown:
        (dataset,) = set(arguments) & set(installed_plugins().datasets)
        assert "--labels" in arguments or only_label_map(installed_plugins().datasets[dataset], installed_plugins())


@every_command
def test_help_fits_80_columns(path: tuple[str, ...]) -> None:
    context = click.Context(COMMANDS[path], info_name=" ".join(("emobench", *path)), terminal_width=80)
    for line in COMMANDS[path].get_help(context).splitlines():
        assert len(line) <= 80, line


# -------------------------------------------------------------------------------------------------- suggestions


@every_command
def test_what_is_misspelt_is_answered_with_the_nearest(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One option of each command without its last letter but one, and every choice likewise."""
    command = COMMANDS[path]
    misspelt: list[tuple[list[str], str]] = []
    if isinstance(command, click.Group):
        name = max(command.commands, key=len)
        misspelt.append(([f"{name[:-2]}{name[-1]}"], name))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            misspelt = [pair for pair in misspelt if not pair[0][0].startswith("--")]
            option = max(parameter.opts, key=len)
            misspelt.append(([f"{option[:-2]}x{option[-1]}"], option))
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice):
            choice = max(parameter.type.choices, key=len)
            flag = [parameter.opts[0]] if isinstance(parameter, click.Option) else []
            misspelt.append(([*flag, f"{choice[:-2]}{choice[-1]}"], choice))
    for arguments, meant in misspelt:
        assert cli.invoke([*path, *arguments]) == 2
        line = capsys.readouterr().err
        assert f"did you mean '{meant}'?" in line, line


# ------------------------------------------------------------------------------------------------------ version


def test_version_says_what_a_bug_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["--version"]) == 0
    first, place, python, *rest = capsys.readouterr().out.splitlines()
    assert first == f"emobench {importlib.metadata.version('emobench')}"
    assert str(Path(cli.__file__).parents[1]) in place
    assert python.startswith(f"Python {sys.version.split()[0]} ")
    for name in ("torch", "torchvision", "librosa", "scikit-learn", "numpy", "pandas", "opencv-python"):
        assert f"{name} {importlib.metadata.version(name)}" in rest
    assert rest[-1].startswith(f"plugins: {len(installed_plugins().plugins)} from emobench ")
    assert rest[-1].endswith("none broken")


def test_version_counts_and_names_broken_plugins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = FakeEntry("odd", ImportError("no such thing"))
    monkeypatch.setattr(loading, "_entry_points", lambda: [broken])
    loading.installed_plugins.cache_clear()
    try:
        assert cli.invoke(["--version"]) == 0
    finally:
        loading.installed_plugins.cache_clear()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "plugins: 1 from stranger 1.0; 1 broken (odd; see 'emobench list plugins')"


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys, emobench.cli as c; c.invoke(['--version']);"
        "print([m for m in ('torch', 'librosa', 'cv2', 'sklearn', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
