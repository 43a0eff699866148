"""plugins/example, the plugin of a third party: installed, run on twins, and tested by its own tests."""

from __future__ import annotations

import json
import shutil
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from emobench.plugins.loading import installed_plugins
from tests import ROOT
from tests.support.stranger import Environment

SOURCE = ROOT / "plugins" / "example"
SUITE = SOURCE / "src" / "emobench_egemaps" / "egemaps.toml"

pytestmark = pytest.mark.skipif(find_spec("opensmile") is None, reason="needs openSMILE: pip install opensmile")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("stranger") / "environment")
    made.install(SOURCE)
    return made


def test_its_suite_runs_on_twins(environment: Environment, tmp_path: Path) -> None:
    rows = json.loads(environment.emobench("list", "plugins", "--json", cwd=tmp_path))
    own = {row["plugin"]: row["status"] for row in rows if row["from"].startswith("emobench-egemaps")}
    assert own == {"egemaps": "loaded", "egemaps-suites": "loaded", "linear-svm": "loaded"}
    environment.emobench("run", "--suite", "egemaps", "--only", "by-clip.ravdess", cwd=tmp_path)
    board = json.loads((tmp_path / "runs" / "egemaps" / "leaderboard.json").read_text(encoding="utf-8"))
    scores = {
        row["record"]["cell"]["experiment"]: row["record"]["scores"]["test"]["metrics"]["accuracy"]
        for task in board["tasks"]
        for row in task["rows"]
    }
    assert scores.keys() == {"by-clip.ravdess"}
    assert scores["by-clip.ravdess"] > 0.5


def test_it_passes_its_own_tests(environment: Environment, tmp_path: Path) -> None:
    # A copy, so that nothing is written into the checkout.
    project = tmp_path / "example"
    shutil.copytree(SOURCE, project, ignore=shutil.ignore_patterns("__pycache__"))
    assert "PASSED tests/test_functionals.py" in environment.pytest(project)


def test_by_clip_its_row_stands_on_the_task_of_the_papers_audio_model() -> None:
    built_in = tomllib.loads(installed_plugins().suites["paper-replication"].read_text(encoding="utf-8"))["experiments"]
    (paper,) = [one for one in built_in if one["name"] == "a.table2.mlp"]
    (own,) = [one for one in tomllib.loads(SUITE.read_text())["experiments"] if one["name"] == "by-clip.ravdess"]
    assert all(own[key] == paper[key] for key in ("dataset", "labels", "protocol"))
