"""Encoders in a run: once for all cells, in whatever number of processes, and weights that change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import emobench
from emobench.cli import invoke
from emobench.errors import EmobenchError
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins import installed_plugins
from emobench.running.encoding import encoding_of
from emobench.running.planned_task import load_task
from emobench.running.suite import run_suite
from emobench.storage import cache_folder
from tests.support import tiny_encoders as tiny

pytest.importorskip("transformers", reason="pip install 'emobench[hf]'")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

SUITE = """
schema = 1
title = "Tiny"

[[experiments]]
name = "folds"
dataset = "ravdess"
labels = "seven-emotions"
protocol = { name = "group-folds", folds = 3 }
takes = ["hf:./tiny"]
model = "mlp"

[[experiments]]
name = "other-layer"
dataset = "ravdess"
labels = "six-emotions"
protocol = "groups-apart"
takes = ["hf:./tiny"]
representations = { "hf:./tiny" = { layer = 0 } }
model = "svm"
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    tiny.speech_model(tmp_path / "tiny")
    (tmp_path / "tiny.toml").write_text(SUITE, encoding="utf-8")
    return tmp_path / "tiny.toml"


def encoded_arrays() -> list[Path]:
    return [path for path in (cache_folder() / "encoded").glob("*") if path.is_dir() and path.name[0] != "."]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_dataset_is_encoded_once_for_all_cells(
    suite: Path, fresh_cache: Path, capsys: pytest.CaptureFixture[str], workers: int
) -> None:
    done = run_suite(Request(str(suite), out=suite.parent / "runs"), device="cpu", workers=workers)
    assert [record.status for record in done.records] == ["finished"] * 5
    assert len(encoded_arrays()) == 1
    said = capsys.readouterr().err
    assert said.count("encoded by hf:tiny") == 1
    assert "96 samples" in said


def test_a_cell_says_what_its_weights_are_and_not_where(suite: Path) -> None:
    cell = make_plan(Request(str(suite), out=suite.parent / "runs"), installed_plugins()).jobs[-1].cell
    (stream,) = cell.identity.representations
    assert stream.parameters["weights"].startswith("sha256:")
    assert str(suite.parent) not in cell.model_dump_json()
    assert (cell.weights[0].name, cell.exposure.kind if cell.exposure else "") == ("hf:tiny", "unknown")


def test_weights_that_change_after_the_plan_are_noticed(suite: Path) -> None:
    plan = make_plan(Request(str(suite), out=suite.parent / "runs"), installed_plugins())
    job = plan.jobs[0]
    task = load_task(job, plan.tasks)
    (suite.parent / "tiny" / "config.json").open("a").write(" ")
    with pytest.raises(EmobenchError, match="its weights changed since the run was planned"):
        encoding_of(job, job.cell.identity.representations[0], task, task.samples, plan.tasks.registry)


def test_other_weights_are_other_cells_and_another_place_is_none(suite: Path) -> None:
    def ids(folder: str) -> list[str]:
        suite.write_text(SUITE.replace("./tiny", folder), encoding="utf-8")
        plan = make_plan(Request(str(suite), out=suite.parent / "runs"), installed_plugins())
        return [job.cell.id for job in plan.jobs]

    tiny.speech_model(suite.parent / "elsewhere" / "tiny")
    tiny.speech_model(suite.parent / "wavlm" / "tiny", "WavLM")
    assert ids("./tiny") == ids("./elsewhere/tiny")
    assert not set(ids("./tiny")) & set(ids("./wavlm/tiny"))


def test_an_encoder_that_fails_fails_its_cells_alone(suite: Path, fresh_cache: Path) -> None:
    other = SUITE.replace("layer = 0", "layer = 99")
    suite.write_text(other, encoding="utf-8")
    done = run_suite(Request(str(suite), out=suite.parent / "runs"), device="cpu")
    failed = {record.cell.experiment: record.failure for record in done.records if record.failure}
    assert list(failed) == ["other-layer"]
    assert "no layer 99" in failed["other-layer"].message


def test_evaluate_takes_a_source(suite: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    result = emobench.evaluate(
        LogisticRegression(max_iter=200),
        dataset="ravdess",
        labels="seven-emotions",
        protocol="groups-apart",
        takes=f"hf:{suite.parent / 'tiny'}",
        device="cpu",
    )
    assert result.record.cell.identity.representations[0].name == "hf:tiny"


def test_every_encoder_of_the_command_line_is_probed(
    suite: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(suite.parent)
    arguments: Any = ["plan", "--suite", "speech-probes", "--encoder", "hf:./tiny", "--only", "ravdess.*"]
    assert invoke(arguments) == 0
    assert "ravdess.hf-tiny.logistic" in capsys.readouterr().out
