"""What a cell's id follows: code beside a plugin, files a model names by default; and what its row says of the rest."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import emobench
from emobench import contracts
from emobench.boards import csv, ranking
from emobench.boards.html import page as leaderboard
from emobench.boards.markdown import page
from emobench.planning.plan import Job, Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins import loading
from emobench.plugins import registry as plugins
from emobench.plugins.code_hash import package_hash
from emobench.records.cell import Cell
from emobench.records.results_version import RESULTS_VERSION
from emobench.running.suite import run_suite
from tests.conftest import FakeEntry
from tests.support import factories, film_plugin

show_module: Any = importlib.import_module("emobench.cli.show")  # the package has the command under this name

HELPERS = {
    "toy_blocks": "width = 8\n",
    "toy_index": "suffix = 'pix'\n",
    "toy_filter": "factor = 1.0\n",
    "toy_rule": "order = ('train', 'public', 'private')\n",
}
PLUGIN = """
import toy_blocks, toy_index
from emobench import ModelSpec, hookimpl
from tests.conftest import ByFolder, Dots, Pixels


class ToyDots(Dots):
    name = "toy-dots"
    suffix = toy_index.suffix


class ToyPixels(Pixels):
    name = "toy-pixels"

    def compute(self, decoded, **parameters):
        from toy_filter import factor

        return super().compute(decoded, **parameters) * factor


class ToyFolders(ByFolder):
    name = "toy-folders"

    def split(self, samples, **parameters):
        import toy_rule

        assert toy_rule.order
        return super().split(samples, **parameters)


def build(classes, input_shapes, weights=""):
    from torch import nn

    return nn.Sequential(nn.Linear(input_shapes[0][0], toy_blocks.width), nn.Linear(toy_blocks.width, classes))
"""
HOOKS = {
    "models": 'ModelSpec("toy-net", build, ("pixels",), files=("weights",))',
    "datasets": "ToyDots()",
    "representations": "ToyPixels()",
    "protocols": "ToyFolders()",
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Flat plugins, each a file beside others, and a suite that uses all of them."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "toy_plugin.py").write_text(PLUGIN, encoding="utf-8")
    for kind, component in HOOKS.items():
        hook = f"from toy_plugin import *\nfrom emobench import hookimpl\n@hookimpl\ndef emobench_{kind}():\n"
        (folder / f"toy_{kind}.py").write_text(f"{hook}    return [{component}]\n", encoding="utf-8")
    for name, text in HELPERS.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "toys.toml").write_text(_suite(), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield folder
    forget()


def _suite(model: str = '"toy-net"') -> str:
    return film_plugin.suite(
        film_plugin.experiment(
            "toy",
            dataset='"toy-dots"',
            protocol='"toy-folders"',
            model=model,
            takes='["toy-pixels"]',
            training="{ epochs = 1 }",
        )
    )


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("toy_")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def registry() -> plugins.Registry:
    forget()
    toys = [FakeEntry(kind, importlib.import_module(f"toy_{kind}")) for kind in HOOKS]
    return loading.load([*film_plugin.entries(), *toys])  # type: ignore[list-item]


def plan(toy: Path) -> Plan:
    return make_plan(Request(str(toy.parent / "toys.toml"), out=toy.parent / "runs"), registry())


def cell(toy: Path) -> Cell:
    found = plan(toy)
    assert not found.skipped, found.skipped
    return found.jobs[0].cell


# ------------------------------------------------------------------------------------------- code beside a plugin


@pytest.mark.parametrize(
    ("helper", "component"),
    [
        ("toy_blocks", "models/toy-net"),
        ("toy_index", "datasets/toy-dots"),
        ("toy_filter", "representations/toy-pixels"),
        ("toy_rule", "protocols/toy-folders"),
    ],
)
def test_code_beside_a_plugin_counts(toy: Path, helper: str, component: str) -> None:
    before = cell(toy)
    assert cell(toy).id == before.id
    path = toy / f"{helper}.py"
    path.write_text(path.read_text() + "# a remark\n", encoding="utf-8")
    assert cell(toy).id == before.id
    path.write_text(path.read_text() + "more = 1\n", encoding="utf-8")
    after = cell(toy)
    assert after.id != before.id
    assert after.identity.code[component] != before.identity.code[component]
    assert set(after.identity.code) == {f"{kind}/{name}" for kind, name in _components()}


def _components() -> list[tuple[str, str]]:
    toys = [("models", "toy-net"), ("datasets", "toy-dots"), ("representations", "toy-pixels")]
    return [*toys, ("protocols", "toy-folders"), ("label_maps", "shapes")]


@pytest.mark.parametrize("given", ["spec", "module", "estimator"])
def test_code_beside_a_notebook_counts(toy: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    (toy / "toy_objects.py").write_text(
        "import toy_blocks\nimport torch\nfrom sklearn.linear_model import LogisticRegression\n"
        "class Net(torch.nn.Linear):\n    width = toy_blocks.width\n"
        "class Own(LogisticRegression):\n    width = toy_blocks.width\n",
        encoding="utf-8",
    )

    def evaluated() -> Cell:
        known = registry()
        monkeypatch.setattr("emobench.api.evaluation.installed_plugins", lambda: known)
        import torch

        objects: Any = importlib.import_module("toy_objects")
        torch.manual_seed(0)
        models: dict[str, Any] = {
            "spec": lambda: contracts.ModelSpec("own", importlib.import_module("toy_plugin").build, ("pixels",)),
            "module": lambda: objects.Net(16, 3),
            "estimator": lambda: objects.Own(),
        }
        chosen: dict[str, Any] = {"dataset": "clips", "labels": "shapes", "protocol": "by-folder", "takes": "pixels"}
        if given != "estimator":
            chosen["training"] = {"epochs": 1}
        result = emobench.evaluate(models[given](), **chosen, headline="private", name="own", device="cpu")
        return result.record.cell

    before = evaluated()
    assert [mark for mark in before.uncaptured if not mark.component] == []
    assert evaluated().id == before.id
    (toy / "toy_blocks.py").write_text("width = 9\n", encoding="utf-8")
    assert evaluated().id != before.id


def test_row_says_that_code_is_not_captured(toy: Path) -> None:
    (toy / "toy_blocks.py").write_text(
        "import importlib\ndef load(name):\n    return importlib.import_module(name)\nwidth = 8\n", encoding="utf-8"
    )
    marks = [mark for mark in cell(toy).uncaptured if mark.where == "toy_blocks"]
    # Every component of the plugin imports it.
    assert {(mark.kind, mark.component) for mark in marks} >= {("dynamic import", "models/toy-net")}
    marked = factories.cell(uncaptured=(marks[0],))
    board = ranking.build_board([factories.record(marked)], metrics=films_metrics())
    for text in (
        page.render_markdown(board, title="T"),
        csv.render_csv(board),
        leaderboard.render_html(board, title="T"),
    ):
        assert "code not fully captured" in text
    assert str(marks[0]) == f"dynamic import: toy_blocks ({marks[0].component})"


def test_show_says_when_the_core_is_another() -> None:
    today = package_hash()
    assert show_module._core(factories.record(core=today)) == ""
    assert show_module._core(factories.record(core="0" * 16)) == (
        f"{'0' * 16}, and this program is {today}; the results version is the same"
    )
    older = factories.cell(what=factories.identity(results=RESULTS_VERSION - 1))
    assert show_module._core(factories.record(older)).startswith(
        f"results version {RESULTS_VERSION - 1}, and this program"
    )


def films_metrics() -> dict[str, Any]:
    return {metric.name: metric for metric in factories.built_in_metrics()}


# -------------------------------------------------------------------------------------------- files that models name


def test_default_file_of_a_model_is_known_by_its_content_and_its_name_alone(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = toy.parent / "home-of-somebody"
    secret.mkdir()
    weights = secret / "weights.bin"
    weights.write_bytes(b"weights")
    text = (toy / "toy_plugin.py").read_text(encoding="utf-8")
    (toy / "toy_plugin.py").write_text(text.replace('weights=""', f"weights={str(weights)!r}"), encoding="utf-8")
    job: Job = plan(toy).jobs[0]
    assert job.files == {"weights": str(weights)}
    assert job.cell.files == {"weights": "weights.bin"}
    assert job.cell.identity.model is not None
    assert job.cell.identity.model.parameters["weights"].startswith("sha256:")
    known = registry()
    monkeypatch.setattr("emobench.running.suite.installed_plugins", lambda: known)
    result = run_suite(Request(str(toy.parent / "toys.toml"), out=toy.parent / "runs"), device="cpu")
    assert [record.status for record in result.records] == ["finished"]
    published = [path for path in (toy.parent / "runs").rglob("*") if path.suffix in (".md", ".csv", ".html", ".json")]
    assert len(published) > 4
    for path in published:
        assert secret.name not in path.read_text(encoding="utf-8"), path
    weights.write_bytes(b"others")
    assert cell(toy).id != job.cell.id
    weights.rename(secret / "renamed.bin")
    text = (toy / "toy_plugin.py").read_text(encoding="utf-8")
    (toy / "toy_plugin.py").write_text(text.replace("weights.bin", "renamed.bin"), encoding="utf-8")
    assert cell(toy).files == {"weights": "renamed.bin"}
