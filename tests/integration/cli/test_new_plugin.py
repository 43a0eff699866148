"""``emobench new-plugin``: what it writes is installed and run as by somebody who has never seen emobench's code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emobench.cli.new_plugin import KINDS
from tests.support.preloaded import interpreter
from tests.support.stranger import Environment, each_kind, write


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Environment]:
    """A folder with a plugin of each kind, all installed."""
    folder = tmp_path_factory.mktemp("stranger")
    environment = Environment(folder / "environment")
    environment.install(*(write(folder, kind) for kind in KINDS))
    return folder, environment


def test_all_kinds_are_listed_side_by_side(home: tuple[Path, Environment]) -> None:
    folder, environment = home
    plain = [str(interpreter(environment.folder)), "-m", "emobench", "list", "plugins", "--json"]  # and not forked
    rows = json.loads(subprocess.run(plain, cwd=folder, capture_output=True, text=True, check=True).stdout)
    shown = {row["plugin"]: (row["status"], row["provides or reason"]) for row in rows}
    for kind in KINDS:
        assert shown[f"my-{kind}"] == ("loaded", f"{kind}s: my-{kind}, suites: my-{kind}")


@each_kind
def test_it_runs_on_twins_at_once(home: tuple[Path, Environment], kind: str) -> None:
    folder, environment = home
    project = folder / f"emobench-my-{kind}"
    environment.emobench("plan", "--suite", f"my-{kind}", cwd=project)
    assert not (project / "runs").exists()
    environment.emobench("run", "--suite", f"my-{kind}", cwd=project)
    board = json.loads((project / "runs" / f"my-{kind}" / "leaderboard.json").read_text(encoding="utf-8"))
    records = [row["record"] for task in board["tasks"] for row in task["rows"]]
    wanted = {
        "model": "my-model.fer2013",
        "dataset": "my-dataset.mlp",
        "fusion": "my-fusion.both",
        "encoder": "my-encoder.ravdess",
    }[kind]
    (own,) = [record for record in records if record["cell"]["experiment"] == wanted]
    assert own["cell"]["provenance"] == "synthetic"
    # Well above chance, 1/7 or 1/3: the classes of the twin can be told apart, and the model is one that learns.
    assert own["scores"][own["cell"]["headline"] or "test"]["metrics"]["accuracy"] > 0.5


@each_kind
def test_it_passes_its_own_tests(home: tuple[Path, Environment], kind: str) -> None:
    folder, environment = home
    said = environment.pytest(folder / f"emobench-my-{kind}")
    assert f"PASSED tests/test_{kind}.py" in said


@each_kind
def test_it_is_clean_code(tmp_path: Path, kind: str) -> None:
    project = write(tmp_path, kind)
    ruff = [sys.executable, "-m", "ruff"]
    rules = "A,B,C4,D,E,F,I,N,PT,PTH,RET,RUF,SIM,UP,W"
    style = ["--isolated", "--line-length", "120"]
    subprocess.run([*ruff, "format", "--check", *style, "."], cwd=project, check=True)
    convention = ["--config", "lint.pydocstyle.convention = 'google'"]
    checked = subprocess.run(
        [*ruff, "check", "--no-cache", *style, *convention, "--select", rules, "--ignore", "D103", "."],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
