"""What a shell is offered to complete."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from emobench import cli
from emobench.plugins.loading import installed_plugins
from emobench.records.run_folder import write_record
from tests.support import factories, patterns


def offered(line: str, *, kind: str = "plain") -> list[str]:
    """Return what is offered at the end of a line."""
    *words, incomplete = shlex.split(line.replace("|", "''"))
    found = ShellComplete(cli.cli, {}, "emobench", "_EMOBENCH_COMPLETE").get_completions(words[1:], incomplete)
    return [item.value for item in found if item.type == kind]


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
            ["datasets", "models", "fusions", "representations", "encoders", "protocols", "label_maps", "metrics"],
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


def test_a_pattern_is_offered_with_stars_for_what_is_not_known_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    patterns.written(tmp_path)
    assert offered("emobench run --suite ./probes.toml --only |") == ["*.*.svm"]


def test_encoders_are_names_or_the_path_of_a_source() -> None:
    assert set(offered("emobench run --encoder |")) == {
        *installed_plugins().encoders,
        *installed_plugins().representations,
    }
    assert offered("emobench run --encoder hf:./wav|", kind="file")
