"""A whole suite: exit codes, what is tried again, what plugins are told, shared cells and kept models."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.model import FitContext, Samples
from emobench.errors import EmobenchError
from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins import loading
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder
from emobench.running.estimates import estimate
from emobench.running.suite import run_plan
from tests.conftest import FakeEntry, module
from tests.support import film_runs, patterns
from tests.support.dots_runs import (
    Means,
    command,
    planned,
    raising,
    registry_with,
    torch_net,
)
from tests.support.film_plugin import experiment
from tests.support.film_runs import APPLIED, FITTED

pytestmark = pytest.mark.usefixtures("one_thread")


def test_failed_cell_makes_the_exit_code_1_the_others_run_and_only_it_is_tried_again(
    tmp_path: Path, installed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[str] = []

    def model(name: str, *, broken: bool = False) -> Any:
        class Counted(Means):
            def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
                calls.append(name)
                if broken:
                    raise ValueError("out of\nluck")
                super().fit(train, validation, context)

        return Counted

    broken = model("bad", broken=True)
    line = broken.fit.__code__.co_firstlineno + 3
    installed(bad=broken, good=model("good"))
    plan = planned(tmp_path, loading.installed_plugins(), "bad", "good")
    assert command(tmp_path) == 1
    assert calls == ["bad", "good"]
    bad = plan.jobs[0].cell.id
    raised = f"ValueError: out of luck ({Path(__file__).name}:{line}, in fit)"
    told = f"emobench: bad failed: {raised}; 'emobench show {bad} --runs {tmp_path / 'runs'}' has it in full\n"
    assert told in capsys.readouterr().err
    installed(bad=model("bad"), good=model("good"))
    assert command(tmp_path) == 0
    assert calls == ["bad", "good", "bad"]
    assert command(tmp_path) == 0
    assert calls == ["bad", "good", "bad"]


def test_data_that_cannot_be_used_makes_the_exit_code_2(
    tmp_path: Path, dots: Path, installed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    installed(net=Means)
    planned(tmp_path, loading.installed_plugins(), "net")
    (dots / "PROVENANCE.txt").write_text("nonsense", encoding="utf-8")
    assert command(tmp_path, "--data", str(dots.parent)) == 2
    assert "emobench: net did not run: " in capsys.readouterr().err


def test_plugins_are_told_of_the_run(tmp_path: Path, installed: Callable[..., None]) -> None:
    told: list[str] = []
    watching = module(
        "watching",
        emobench_cell_started=lambda cell: told.append(f"started {cell.experiment}"),
        emobench_epoch_ended=lambda cell, epoch: told.append(f"epoch {epoch.number} of {cell.experiment}"),
        emobench_cell_finished=lambda cell, record: told.append(f"{record.status} {cell.experiment}"),
        emobench_run_finished=lambda records: told.append(f"run of {len(records)}"),
    )
    installed(FakeEntry("watching", watching), net=torch_net, bad=raising(ValueError("no")))
    planned(tmp_path, loading.installed_plugins(), "net", "bad")
    assert command(tmp_path) == 1
    epochs = [f"epoch {number} of net" for number in (1, 2, 3)]
    assert told == ["started net", *epochs, "finished net", "started bad", "failed bad", "run of 2"]


def test_message_that_no_file_can_hold_is_one_failed_cell(
    tmp_path: Path, installed: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    installed(net=torch_net, bad=raising(ValueError("\udcff \x1b[31mred")))
    planned(tmp_path, loading.installed_plugins(), "bad", "net")
    assert command(tmp_path) == 1
    assert "\x1b" not in "".join(capfd.readouterr())
    board = next(tmp_path.glob("runs/*/leaderboard.csv")).read_text()
    assert "ValueError: ? ?[31mred" in board


def test_model_that_changes_the_working_folder_moves_no_result(
    tmp_path: Path, installed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            os.chdir("/")
            assert context.work.is_dir()
            super().fit(train, validation, context)

    monkeypatch.chdir(tmp_path)
    installed(net=Elsewhere, other=torch_net)
    planned(Path(), loading.installed_plugins(), "net", "other")
    assert command(Path()) == 0
    assert Path.cwd() == tmp_path


def test_plugin_that_exits_in_an_event_does_not_end_the_run(
    tmp_path: Path, installed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(cell: Any) -> None:
        raise SystemExit(9)

    installed(FakeEntry("leaving", module("leaving", emobench_cell_started=leave)), net=Means)
    planned(tmp_path, loading.installed_plugins(), "net")
    assert command(tmp_path) == 0
    assert "plugin 'stranger:leaving' failed in emobench_cell_started: SystemExit: 9" in capsys.readouterr().err


def test_misspelt_model_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"no model 'mean'; did you mean 'means'\?"):
        planned(tmp_path, registry_with(means=Means), "mean")
    assert not (tmp_path / "runs").exists()


def test_time_on_twins_is_told_by_recorded_twins_and_nothing_is_measured(tmp_path: Path) -> None:
    done(film_runs.planned(tmp_path, FITTED))
    again = film_runs.planned(tmp_path, FITTED.replace("seed = 5", "seed = 6"))
    assert [cost.source for cost in estimate(again, "cpu", measure=False).cells.values()] == ["records"]
    (tmp_path / "new").mkdir()
    other = film_runs.planned(tmp_path / "new", FITTED)
    assert [cost.source for cost in estimate(other, "cpu", measure=False).cells.values()] == [""]


# ------------------------------------------------------------------------------- shared cells and kept models

OTHER = experiment("other", model='"net"')
HEAD = 'schema = 1\ntitle = "More"\nextends = "films_suite.toml"\n'


def extending(folder: Path, text: str) -> Plan:
    (folder / "more.toml").write_text(HEAD + text, encoding="utf-8")
    return make_plan(Request(str(folder / "more.toml"), out=folder / "runs"), film_runs.registry())


def done(plan: Plan, *, keep_models: bool = False) -> dict[str, Record]:
    records = run_plan(plan, film_runs.registry(), "cpu", 1, keep_models=keep_models).records
    assert {record.status for record in records} == {"finished"}
    return {record.cell.experiment: record for record in records}


def models(plan: Plan) -> set[str]:
    """Return the experiments whose fitted model lies in the run folder."""
    return {job.cell.experiment for job in plan.jobs if (cell_folder(plan.run, job.cell.id) / "model").is_dir()}


def test_cell_has_the_name_of_the_suite_whose_file_has_it_and_is_computed_once(tmp_path: Path) -> None:
    first = done(film_runs.planned(tmp_path, FITTED, OTHER))
    plan = extending(tmp_path, APPLIED)
    assert {job.cell.experiment: job.cell.suite for job in plan.jobs} == {
        "fitted": "films-suite",
        "other": "films-suite",
        "applied": "more",
    }
    assert set(plan.done) == {first["other"].cell.id}  # the model of the other one was not kept, and is needed
    assert plan.refitted == {first["fitted"].cell.id}
    second = done(plan)
    assert second["other"] == first["other"]
    again = film_runs.planned(tmp_path, FITTED, OTHER)
    assert set(again.done) == {job.cell.id for job in again.jobs}
    assert done(again)["fitted"].scores == second["fitted"].scores


def test_run_of_the_extending_suite_leaves_nothing_to_compute_for_the_extended_one(tmp_path: Path) -> None:
    film_runs.planned(tmp_path, FITTED, OTHER)
    both = done(extending(tmp_path, APPLIED))
    alone = done(film_runs.planned(tmp_path, FITTED, OTHER))
    assert alone == {name: both[name] for name in ("fitted", "other")}


def test_fitted_model_is_kept_where_another_cell_applies_it(tmp_path: Path) -> None:
    plan = film_runs.planned(tmp_path, FITTED, OTHER, APPLIED)
    done(plan)
    assert models(plan) == {"fitted"}


def test_every_fitted_model_is_kept_on_demand(tmp_path: Path) -> None:
    plan = film_runs.planned(tmp_path, FITTED, OTHER, APPLIED)
    done(plan, keep_models=True)
    assert models(plan) == {"fitted", "other"}


def test_encoders_that_were_run_before_stay_on_the_board_and_are_not_computed_again(tmp_path: Path) -> None:
    text = patterns.HEAD.replace("encoders =", "# ") + patterns.SVM

    def encoders_of(encoder: str) -> list[str]:
        made = patterns.plan(tmp_path, text, encoders=(encoder,), only=("ravdess.*",))
        board = run_plan(made, loading.installed_plugins(), "cpu", 1).board
        return sorted(row.cell.experiment for task in board.tasks for row in task.rows)

    first, second = "ravdess.mfcc-chroma-mel.svm", "ravdess.spectrogram-image.svm"
    assert encoders_of("mfcc-chroma-mel") == [first]
    assert encoders_of("spectrogram-image") == [first, second]
    made = patterns.plan(tmp_path, encoders=("mfcc-chroma-mel", "spectrogram-image"), only=("ravdess.*",))
    assert not made.todo


def test_encoders_that_were_run_on_other_samples_are_not_on_the_board(tmp_path: Path) -> None:
    text = patterns.HEAD.replace("encoders =", "# ") + patterns.SVM
    only = ("ravdess.*",)
    limited = patterns.plan(tmp_path, text, encoders=("mfcc-chroma-mel",), only=only, limit=8)
    whole = patterns.plan(tmp_path, text, encoders=("spectrogram-image",), only=only)
    run_plan(limited, loading.installed_plugins(), "cpu", 1)
    (task,) = run_plan(whole, loading.installed_plugins(), "cpu", 1).board.tasks
    assert [row.cell.experiment for row in task.rows] == ["ravdess.spectrogram-image.svm"]
