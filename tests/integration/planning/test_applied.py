"""Models that another cell fitted, on other data; and models of samples with several views."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.contracts.model import FitContext, Samples
from emobench.planning.plan import waves
from emobench.plugins import loading
from emobench.plugins.loading import load
from emobench.records.departures import ChangedSetting, Limited, in_words
from emobench.records.record import PartCount
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.conftest import Dots, FakeEntry, module
from tests.support import film_plugin
from tests.support.dots_runs import Listener, Means
from tests.support.film_plugin import experiment, probabilities
from tests.support.film_runs import (
    APPLIED,
    FITTED,
    command,
    planned,
    ran,
    refusal,
    registry,
    table,
    why,
)
from tests.support.preloaded import HERE, knowing

pytestmark = pytest.mark.usefixtures("one_thread")


# ------------------------------------------------------------------------------------------ what is predicted


@pytest.mark.parametrize("model", ["net", "regression"])
def test_applied_model_predicts_bit_for_bit_what_the_fitted_one_does(tmp_path: Path, model: str) -> None:
    fitted = FITTED.replace("regression", model)
    same = experiment("applied", model_of='"fitted"', dataset='"clips"', protocol='"by-folder"', headline='"private"')
    plan = planned(tmp_path, fitted, same)
    records = ran(plan)
    assert [record.status for record in records.values()] == ["finished", "finished"]
    pd.testing.assert_frame_equal(table(plan, "applied"), table(plan, "fitted"), check_exact=True)


@pytest.mark.parametrize("model", ["net", "regression"])
def test_applied_model_predicts_other_data_with_the_same_weights(tmp_path: Path, model: str) -> None:
    plan = planned(tmp_path, FITTED.replace("regression", model), APPLIED)
    ran(plan)
    fitted, applied = table(plan, "fitted"), table(plan, "applied")
    here = applied.loc["film-" + fitted.index]
    assert here["label"].tolist() == fitted["label"].tolist()
    np.testing.assert_allclose(probabilities(here), probabilities(fitted), rtol=0, atol=1e-6)


def test_applied_cell_is_a_cell_of_its_own_that_depends_on_the_fitted_one(tmp_path: Path) -> None:
    fitted, applied = (job.cell for job in planned(tmp_path, FITTED, APPLIED).jobs)
    assert applied.identity.trained == fitted.id != applied.id
    longer, after = (job.cell for job in planned(tmp_path, FITTED.replace("epochs = 2", "epochs = 3"), APPLIED).jobs)
    assert longer.id != fitted.id
    assert after.id != applied.id
    assert (
        after.identity.model_copy(update={"trained": fitted.id, "schedule": fitted.identity.schedule}).id == applied.id
    )


def test_nothing_is_trained_again(tmp_path: Path) -> None:
    fits: list[int] = []

    class Counted(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            fits.append(len(train))
            super().fit(train, validation, context)

    using = registry(counted=Counted)
    plan = planned(tmp_path, FITTED.replace("regression", "counted"), APPLIED, using=using)
    records = ran(plan, using)
    assert records["applied"].status == "finished"
    assert fits == [36]
    assert "fit" not in records["applied"].phases
    assert not (cell_folder(plan.run, records["applied"].cell.id) / "model").exists()


def test_seeds_are_applied_one_by_one(tmp_path: Path) -> None:
    jobs = planned(tmp_path, FITTED, APPLIED, seeds=2).jobs
    first, second, applied_first, applied_second = (job.cell for job in jobs)
    assert (applied_first.identity.trained, applied_second.identity.trained) == (first.id, second.id)
    assert (applied_first.identity.seed, applied_second.identity.seed) == (5, 6)


def test_departures_of_the_fitting_stand_on_the_applied_row(tmp_path: Path, data: Path) -> None:
    fitted, applied = (job.cell for job in planned(tmp_path, FITTED, APPLIED, data=data, epochs=1, limit=6).jobs)
    assert fitted.departures == (ChangedSetting(setting="epochs", value=1, suite=2), Limited(samples=6))
    assert applied.departures == (
        Limited(samples=6),
        ChangedSetting(of=("fitted",), setting="epochs", value=1, suite=2),
        Limited(of=("fitted",), samples=6),
    )
    assert in_words(applied.departures) == (
        "at most 6 samples a part; fitted: epochs 1 (suite: 2); fitted: at most 6 samples a part"
    )


# --------------------------------------------------------------------------------------------- what it is fed


def test_inputs_are_as_fitted_where_the_applied_experiment_says_nothing(tmp_path: Path) -> None:
    fitted = experiment("fitted", model='"both"', dataset='"films"', takes='["sounds", "halves"]')
    fitted += "representations = { sounds = { factor = 2.0 }, halves = { factor = 3.0 } }\n"
    told = [
        (one.name, one.parameters["factor"])
        for one in planned(tmp_path, fitted, APPLIED).jobs[1].cell.identity.representations
    ]
    assert told == [("sounds", 2.0), ("halves", 3.0)]


def test_inputs_that_the_applied_experiment_names_go_before(tmp_path: Path) -> None:
    fitted = FITTED + "representations = { pixels = { factor = 2.0 } }\n"
    own = APPLIED + "representations = { pixels = { factor = 4.0 } }\n"
    other = experiment("applied", model_of='"fitted"', takes='["sounds"]')
    for text, name, factor in ((own, "pixels", 4.0), (other, "sounds", 1.0)):
        (representation,) = planned(tmp_path, fitted, text).jobs[1].cell.identity.representations
        assert (representation.name, representation.parameters["factor"]) == (name, factor)


def test_other_streams_may_be_taken_instead(tmp_path: Path) -> None:
    plan = planned(tmp_path, FITTED, experiment("applied", model_of='"fitted"', takes='["sounds"]'))
    record = ran(plan)["applied"]
    silent = [one for one in record.dropped if one.reason == "has no audio"]
    assert [one.sample_id for one in silent] == [
        f"film-{part}-{label}-03" for part in ("private", "public") for label in ("round", "square", "thin")
    ]
    fitted, applied = table(plan, "fitted"), table(plan, "applied")
    heard = [name for name in fitted.index if not name.endswith("-03")]
    np.testing.assert_allclose(
        probabilities(applied.loc[[f"film-{name}" for name in heard]]), probabilities(fitted.loc[heard]), atol=1e-6
    )


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            "net",
            "the fitted model does not fit these inputs: Error(s) in loading state_dict for Sequential: size mismatch",
        ),
        ("regression", "X has 8 features, but LogisticRegression is expecting 16 features as input."),
    ],
)
def test_inputs_of_another_shape_are_one_clear_failure(tmp_path: Path, model: str, told: str) -> None:
    other = experiment("applied", model_of='"fitted"', takes='["halves"]')
    records = ran(planned(tmp_path, FITTED.replace("regression", model), other))
    assert records["fitted"].status == "finished"
    assert told in why(records["applied"])


# ------------------------------------------------------------------------------------- what it was fitted on


def test_samples_whose_take_the_model_was_fitted_on_are_left_out_and_counted(tmp_path: Path) -> None:
    record = ran(planned(tmp_path, FITTED, APPLIED))["applied"]
    seen = {f"film-train-{label}-{number:02d}" for label in ("round", "square", "thin") for number in range(12)} - {
        "film-train-round-00"
    }  # fitted on, without a take: nobody knows
    assert {one.sample_id for one in record.dropped} == seen  # nor film-private-round-00, which has no take either
    assert {(one.part, one.reason) for one in record.dropped} == {
        ("test", "its take is among those that fitted was fitted on")
    }
    assert record.counts == {"test": PartCount(attempted=72, dropped=35)}
    assert record.scores["test"].n == 37


def test_takes_of_the_validation_part_are_left_out_too(tmp_path: Path, data: Path) -> None:
    (data / "dots" / "public").rename(data / "dots" / "validation")
    record = ran(planned(tmp_path, FITTED, APPLIED, data=data))["applied"]
    assert record.counts == {"test": PartCount(attempted=72, dropped=35 + 18)}
    assert {one.sample_id.split("-")[1] for one in record.dropped} == {"train", "validation"}


def test_in_its_own_data_the_samples_themselves_are_left_out(tmp_path: Path) -> None:
    own = experiment("applied", model_of='"fitted"', dataset='"clips"')
    record = ran(planned(tmp_path, FITTED, own))["applied"]
    assert record.counts == {"test": PartCount(attempted=72, dropped=36)}
    assert {one.reason for one in record.dropped} == {"it is among the samples that fitted was fitted on"}
    assert {one.sample_id.partition("-")[0] for one in record.dropped} == {"train"}


def test_training_and_validation_parts_of_its_own_data_are_no_business_of_a_fitted_model(
    tmp_path: Path, data: Path
) -> None:
    (data / "dots" / "public").rename(data / "dots" / "validation")
    own = experiment("applied", model_of='"fitted"', dataset='"clips"', protocol='"by-folder"')
    record = ran(planned(tmp_path, FITTED, own, data=data))["applied"]
    assert record.counts == {"private": PartCount(attempted=18, dropped=0)}


def test_nothing_new_to_the_model_is_one_clear_failure(tmp_path: Path) -> None:
    plan = planned(tmp_path, FITTED, APPLIED)
    fitting, job = plan.jobs
    run_cell(fitting, Listener(), Tasks(registry()))
    films_seen = {*job.seen.samples, *(f"film-{name}" for name in table(plan, "fitted").index), "film-train-round-00"}
    assert len(films_seen) == 72
    seen = job.seen.model_copy(update={"samples": tuple(films_seen)})
    message = why(run_cell(job.model_copy(update={"seen": seen}), Listener(), Tasks(registry())))
    assert message == (
        "nothing of the part 'test' is new to the model, e.g. 'film-private-round-00': its take is among those that fitted "
        "was fitted on; apply it to other data"
    )


@pytest.mark.parametrize(("fitted_on", "applied_to"), [("dots", "films"), ("films", "dots")])
def test_without_takes_in_both_nothing_is_left_out(tmp_path: Path, fitted_on: str, applied_to: str) -> None:
    fitted = FITTED.replace('"clips"', f'"{fitted_on}"')
    record = ran(planned(tmp_path, fitted, experiment("applied", model_of='"fitted"', dataset=f'"{applied_to}"')))[
        "applied"
    ]
    assert record.counts == {"test": PartCount(attempted=72, dropped=0)}


def test_board_says_what_was_applied_and_what_was_left_out(tmp_path: Path) -> None:
    records = ran(planned(tmp_path, FITTED, APPLIED))
    page = render_markdown(build_board(records.values()), title="Films")
    assert f"none: the fitted model of fitted `{records['fitted'].cell.id}`" in page
    assert "its take is among those that fitted was fitted on" in page[page.index("### Samples left out") :]


# --------------------------------------------------------------------------------------------- what is refused


def test_classes_of_another_label_map_are_refused(tmp_path: Path) -> None:
    other = experiment("applied", model_of='"fitted"', labels='"reversed"')
    assert refusal(tmp_path, FITTED, other) == (
        "films_suite.toml, experiment 'applied': 'fitted' was fitted for other classes: round, square, thin; "
        "use its labels or target"
    )


def test_model_of_a_fusion_is_refused(tmp_path: Path) -> None:
    fusion = experiment("together", fusion='"average"', members='["fitted", "second"]')
    message = refusal(
        tmp_path, FITTED, experiment("second", model='"net"'), fusion, experiment("applied", model_of='"together"')
    )
    assert message.startswith("films_suite.toml, experiment 'applied': 'together' is a fusion and fits no model; ")


def test_model_of_an_applied_model_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, FITTED, APPLIED, experiment("again", model_of='"applied"'))
    assert message.startswith("films_suite.toml, experiment 'again': 'applied' applies the model of 'fitted' itself; ")


def test_protocol_without_a_training_part_is_refused_for_a_model_that_is_to_be_fitted(tmp_path: Path) -> None:
    message = refusal(tmp_path, experiment("fitted", protocol='"test-only"', headline=""))
    assert message.startswith("films_suite.toml, experiment 'fitted': protocol 'test-only' gives no training part; ")


@pytest.mark.parametrize(
    ("takes", "message"),
    [
        ('["pixels", "sounds"]', "model 'regression': it takes 1 stream, not 2; fix takes"),
        ('["pixel"]', "model 'regression': no representation or encoder 'pixel'; did you mean 'pixels'?"),
        ('["glimpses"]', "representation 'glimpses': gives several views of a sample; say with pool which fusion"),
    ],
)
def test_streams_that_do_not_fit_are_refused_before_anything_runs(tmp_path: Path, takes: str, message: str) -> None:
    for text in (experiment("one", takes=takes), experiment("one", takes=takes, model_of='"fitted"')):
        assert message in refusal(tmp_path, FITTED, text)


def test_parameters_of_a_stream_that_is_not_taken_are_refused(tmp_path: Path) -> None:
    text = experiment("one", takes='["sounds"]') + "representations = { pixels = { factor = 2.0 } }\n"
    assert "model 'regression': it takes no 'pixels'; " in refusal(tmp_path, text)


def test_fitted_experiment_without_data_takes_the_applied_one_along(tmp_path: Path, data: Path) -> None:
    class Nowhere(Dots):
        name = "nowhere"
        title = "Nowhere"

        def find(self, folders: Any) -> list[Any]:
            return []

    using = load(
        cast(
            Any,
            [*film_plugin.entries(), FakeEntry("n", module("tests.conftest", emobench_datasets=lambda: [Nowhere()]))],
        )
    )
    plan = planned(tmp_path, FITTED.replace('"clips"', '"nowhere"'), APPLIED, using=using, data=data)
    assert [(skip.experiment, skip.reason) for skip in plan.skipped] == [
        ("fitted", "nowhere was not found"),
        ("applied", "nowhere was not found"),
    ]


# ------------------------------------------------------------------------------------------------ whole runs


def test_only_brings_the_fitted_experiment_along(tmp_path: Path) -> None:
    plan = planned(tmp_path, experiment("other", model='"net"'), FITTED, APPLIED, only=("applied",))
    assert [job.cell.experiment for job in plan.jobs] == ["fitted", "applied"]
    assert [[job.cell.experiment for job in wave] for wave in waves(plan.jobs)] == [["fitted"], ["applied"]]


def test_fitted_model_that_is_gone_is_one_clear_failure(tmp_path: Path) -> None:
    plan = planned(tmp_path, FITTED, APPLIED)
    run_cell(plan.jobs[0], Listener(), Tasks(registry()))
    folder = cell_folder(plan.run, plan.jobs[0].cell.id)
    shutil.rmtree(folder / "model")
    assert why(run_cell(plan.jobs[1], Listener(), Tasks(registry()))) == (
        f"{folder / 'model'}: the fitted model of cell {plan.jobs[0].cell.id} is not here; "
        "see why that cell failed, or delete its folder, and run again"
    )


def test_fitting_that_fails_takes_the_applied_cell_along_and_no_other(
    tmp_path: Path, installed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            raise ValueError("out of luck")

    line = Broken.fit.__code__.co_firstlineno + 1
    installed(luckless=Broken)
    plan = planned(
        tmp_path,
        FITTED.replace("regression", "luckless"),
        APPLIED,
        experiment("other"),
        using=loading.installed_plugins(),
    )
    assert command(tmp_path) == 1
    errors = capsys.readouterr().err
    assert f"emobench: fitted failed: ValueError: out of luck ({Path(__file__).name}:{line}, in fit); " in errors
    assert f"the fitted model of cell {plan.jobs[0].cell.id} is not here; see why that cell failed" in errors
    assert [name for name in ("fitted", "applied", "other") if f"{name} failed" in errors] == ["fitted", "applied"]
    installed(luckless=Means)
    assert command(tmp_path) == 0
    assert "3 cells: 1 done already, 2 to compute" in capsys.readouterr().out


def test_processes_and_an_interrupted_run_give_what_one_process_gives(tmp_path: Path) -> None:
    variables = knowing(tmp_path / "plugins", "films", dots="tests.conftest", films="tests.support.film_plugin")
    second = FITTED.replace('"fitted"', '"second"').replace("regression", "net")
    texts = FITTED, second, APPLIED, experiment("again", model_of='"second"')
    (tmp_path / "one").mkdir()
    one = planned(tmp_path / "one", *texts)
    ran(one)
    two = planned(tmp_path, *texts)
    run_cell(two.jobs[0], Listener(), Tasks(registry()))  # where an interrupted run might have got to
    options = ["--jobs", 2, "--suite", tmp_path / "films_suite.toml", "--out", tmp_path / "runs"]
    done = HERE.run("emobench", "run", *options, variables=variables)
    assert done.returncode == 0, done.stderr
    assert "4 cells: 1 done already, 3 to compute" in done.stdout
    for name in ("fitted", "second", "applied", "again"):
        pd.testing.assert_frame_equal(table(two, name), table(one, name), check_exact=False, atol=1e-5)


# ----------------------------------------------------------------------------------------------------- views
