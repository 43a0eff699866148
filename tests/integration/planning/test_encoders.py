"""Weights that a model starts from: known by what is in them, found on this machine alone, or refused in one line."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins
from emobench.records.cell import Cell
from emobench.running.cell import run_cell
from tests.support import tiny_networks
from tests.support.dots_runs import Listener

SUITE = """
schema = 1
title = "Tuned"

[[experiments]]
name = "voices"
dataset = "ravdess"
labels = "{labels}"
protocol = {{ name = "groups-apart", hold_out = 0.2 }}
model = {{ name = "fine-tuned", encoder = "{source}", train = "head" }}
{more}
"""


def planned(folder: Path, source: str, more: str = "", labels: str = "seven-emotions") -> Any:
    path = folder / "tuned.toml"
    path.write_text(SUITE.format(source=source, more=more, labels=labels), encoding="utf-8")
    return make_plan(Request(str(path), out=folder / "runs"), installed_plugins())


def cell(folder: Path, source: str) -> Cell:
    (job,) = planned(folder, source).jobs
    made: Cell = job.cell
    return made


def refusal(folder: Path, source: str, more: str = "") -> str:
    with pytest.raises(EmobenchError) as caught:
        planned(folder, source, more)
    return str(caught.value)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks") / "tiny"
    tiny_networks.speech(folder)
    return folder


def test_weights_are_known_by_their_content_wherever_they_are(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "elsewhere")
    assert cell(tmp_path, f"hf:{saved}").id == cell(tmp_path, "hf:./elsewhere").id
    tiny_networks.speech(tmp_path / "others", seed=1)
    assert cell(tmp_path, "hf:./others").id != cell(tmp_path, "hf:./elsewhere").id


def test_settings_beside_weights_count(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "changed")
    path = tmp_path / "changed" / "preprocessor_config.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"do_normalize": true', '"do_normalize": false'))
    assert cell(tmp_path, "hf:./changed").id != cell(tmp_path, f"hf:{saved}").id


def test_what_else_lies_in_the_folder_does_not_count(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "read")
    (tmp_path / "read" / "README.md").write_text("A network.", encoding="utf-8")
    assert cell(tmp_path, "hf:./read").id == cell(tmp_path, f"hf:{saved}").id


def test_job_has_the_place_of_the_weights_and_the_cell_has_not(saved: Path, tmp_path: Path) -> None:
    (job,) = planned(tmp_path, f"hf:{saved}").jobs
    assert job.files == {"encoder": f"hf:{saved}"}
    assert job.cell.files == {"encoder": "hf:tiny"}
    assert str(saved) not in job.cell.model_dump_json()


def test_packages_that_load_the_weights_are_part_of_the_identity(saved: Path, tmp_path: Path) -> None:
    assert {"peft", "safetensors", "torch", "transformers"} <= cell(tmp_path, f"hf:{saved}").identity.packages.keys()


def test_name_on_the_hub_is_found_in_its_cache(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--somebody--tiny"
    shutil.copytree(saved, repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc", encoding="utf-8")
    (job,) = planned(tmp_path, "hf:somebody/tiny").jobs
    assert job.files == {"encoder": f"hf:{repository / 'snapshots' / 'abc'}"}
    assert job.cell.files == {"encoder": "hf:somebody/tiny"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("hf:nobody/has-this", "its weights are not on this machine; fetch them with: hf download nobody/has-this"),
        ("timm:resnet10t.has-not", "fetch them with: hf download timm/resnet10t.has-not"),
        ("hf:a/b/c", "'a/b/c' is no name of a repository; write owner/name, or ./ before the path of a folder"),
        ("hf:./nowhere", "there is no such folder"),
        ("hf:.", "the folder has no config.json"),
        ("./folder", "'./folder' is no source of weights to start from; write hf:NAME, timm:NAME or hf:./folder"),
        ("", "'' is no source of weights to start from; write hf:NAME"),
    ],
)
def test_weights_that_are_not_here_are_one_line_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert said in refusal(tmp_path, source)


def test_missing_package_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "transformers" else find(name))
    assert "transformers is not installed; pip install 'emobench[hf]'" in refusal(tmp_path, "hf:./x")


def test_fitted_model_is_applied_to_another_corpus(saved: Path, tmp_path: Path) -> None:
    applied = """
training = { epochs = 1, batch_size = 32 }

[[experiments]]
name = "others"
model_of = "voices"
dataset = "crema-d"
labels = "seven-emotions"
protocol = "test-only"
"""
    plan = planned(tmp_path, f"hf:{saved}", applied.replace("seven-emotions", "three-classes"), labels="three-classes")
    assert plan.jobs[1].cell.identity.packages.keys() >= {"peft", "safetensors", "transformers"}
    first, second = (run_cell(job, Listener(), plan.tasks) for job in plan.jobs)
    assert (first.failure, second.failure) == (None, None)
    assert first.parameters == 3 * (16 + 1)


def test_grid_does_not_try_weights(saved: Path, tmp_path: Path) -> None:
    said = "'encoder' names a file, which a grid cannot try; write an experiment for each file"
    assert said in refusal(tmp_path, f"hf:{saved}", f'grid = {{ encoder = ["hf:{saved}"] }}')
