"""One cell: what a model sees, what becomes of its mistakes, and what the record says."""

from __future__ import annotations

import json
import socket
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench.contracts.model import Epoch, FitContext, Samples
from emobench.data.twins import twin_of
from emobench.errors import EmobenchError
from emobench.planning.plan import Job, Plan
from emobench.plugins import loading
from emobench.records.departures import Limited
from emobench.records.predictions import read_predictions
from emobench.records.record import PartCount, Record
from emobench.records.run_folder import cell_folder
from emobench.running import cell as runner
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.conftest import Dots, FakeEntry, module
from tests.support.dots_runs import (
    Listener,
    Means,
    command,
    planned,
    raising,
    ran,
    registry_with,
    torch_net,
    why,
)

pytestmark = pytest.mark.usefixtures("one_thread")


# --------------------------------------------------------------------------------------------- a cell that ends


def test_cell_leaves_record_predictions_and_model(tmp_path: Path) -> None:
    registry = registry_with(means=Means)
    (job,) = planned(tmp_path, registry, "means").jobs
    listener = Listener()
    record = run_cell(job, listener, Tasks(registry))
    assert record.failure is None
    assert record.cell == job.cell
    assert record.counts == {
        "train": PartCount(attempted=36, dropped=0),
        "public": PartCount(attempted=18, dropped=0),
        "private": PartCount(attempted=18, dropped=0),
    }
    assert {part: one.n for part, one in record.scores.items()} == {"public": 18, "private": 18, "test": 36}
    assert record.parameters == 48
    assert set(record.phases) == {"data", "represent", "fit", "predict", "score"}
    assert [name for name, _ in listener.phases] == ["data", *["represent"] * 2, "build", "fit", "predict", "score"]
    assert listener.ends == [record]
    assert dict(listener.phases)["fit"] == 36 * 3
    assert record.peak_memory > 10_000_000
    assert record.started <= record.finished
    assert record.dropped == ()
    folder = cell_folder(job.run, job.cell.id)
    assert sorted(path.name for path in folder.iterdir()) == ["model", "predictions.parquet", "record.json"]
    again = Means()
    again.load(folder / "model")
    assert again.means.shape == (3, 16)


def test_predictions_are_the_models_joined_with_the_truth_by_sample(tmp_path: Path) -> None:
    registry = registry_with(means=Means)
    (job,) = planned(tmp_path, registry, "means").jobs
    run_cell(job, Listener(), Tasks(registry))
    table = read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet").set_index("sample_id")
    source = twin_of(Dots(), registry)
    index = source.index.samples
    order = pd.concat([index[index["split"] == part] for part in ("public", "private")])
    assert len(table) == len(order)
    table = table.loc[order["sample_id"]]
    assert table["part"].tolist() == order["split"].tolist()
    assert table["label"].tolist() == order["label"].tolist()
    assert table["group"].tolist() == order["group"].tolist()

    def pixels(rows: pd.DataFrame) -> NDArray[Any]:
        files = [source.copy.root / path for path in rows["image_path"]]
        return np.stack([np.frombuffer(file.read_bytes(), np.uint8) for file in files]).astype(np.float32) / 255

    train = index[index["split"] == "train"]
    means = np.stack([pixels(train[train["label"] == label]).mean(axis=0) for label in ("round", "square", "thin")])
    weights = np.exp(-10 * np.square(pixels(order)[:, None] - means).sum(axis=2))
    expected = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(table[["p_round", "p_square", "p_thin"]], expected, atol=1e-6)


def test_accuracy_in_the_record_is_that_of_the_predictions_file(tmp_path: Path) -> None:
    registry = registry_with(means=Means)
    (job,) = planned(tmp_path, registry, "means").jobs
    record = run_cell(job, Listener(), Tasks(registry))
    table = read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet")
    hits = table["label"] == table["prediction"]
    assert record.scores["private"].metrics["accuracy"] == pytest.approx(hits[table["part"] == "private"].mean())
    assert record.scores["test"].metrics["accuracy"] == pytest.approx(hits.mean())


def test_limit_keeps_so_many_of_each_part(tmp_path: Path) -> None:
    record = ran(tmp_path, Means, limit=6)
    assert {part: count.attempted for part, count in record.counts.items()} == {"train": 6, "public": 6, "private": 6}
    assert record.cell.departures[-1] == Limited(samples=6)
    assert [one.support for one in record.scores["private"].per_class] == [2, 2, 2]


# ------------------------------------------------------------------------------------------ what a model sees


def test_test_samples_have_no_labels_and_all_test_parts_come_as_one(tmp_path: Path) -> None:
    seen: list[Samples] = []

    class Watching(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            seen.append(train)
            assert validation is None
            super().fit(train, validation, context)

        def predict_proba(self, samples: Samples) -> NDArray[Any]:
            seen.append(samples)
            return super().predict_proba(samples)

    assert ran(tmp_path, Watching).status == "finished"
    train, test = seen
    assert train.y.tolist() == [0] * 12 + [1] * 12 + [2] * 12
    assert test.labels is None
    assert (len(train), len(test)) == (36, 36)
    assert train.classes == test.classes == ("round", "square", "thin")


def test_neither_name_nor_place_of_a_test_sample_tells_its_label(tmp_path: Path) -> None:
    seen: list[Samples] = []

    class Watching(Means):
        def predict_proba(self, samples: Samples) -> NDArray[Any]:
            seen.append(samples)
            return super().predict_proba(samples)

    registry = registry_with(net=Watching)
    (job,) = planned(tmp_path, registry, "net").jobs
    run_cell(job, Listener(), Tasks(registry))
    index = twin_of(Dots(), registry).index.samples.set_index("sample_id")
    assert len(set(seen[0].ids)) == 36
    words = {*index["label"], *index["group"], *index["split"]}
    assert not [name for name in seen[0].ids for word in words if word in name]
    table = read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet")
    for column in ("label", "part", "group"):
        neighbours = (table[column] == table[column].shift()).sum()
        assert neighbours < 30  # sorted by any of them, at least 33 of the 36 have the same as the one before


def test_model_that_asks_for_test_labels_is_refused(tmp_path: Path) -> None:
    class Cheating(Means):
        def predict_proba(self, samples: Samples) -> NDArray[Any]:
            return np.eye(3)[samples.y]

    assert why(tmp_path, Cheating) == "a model asked for the labels of test samples; models never see them"


def test_model_is_told_seed_schedule_and_a_folder_of_its_own(tmp_path: Path) -> None:
    told: list[FitContext] = []

    class Watching(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            told.append(context)
            assert context.work.is_dir()
            super().fit(train, validation, context)

    assert ran(tmp_path, Watching, precision="bf16", epochs=2).status == "finished"
    assert (told[0].seed, told[0].schedule.epochs, told[0].schedule.batch_size) == (5, 2, 8)
    assert (told[0].precision, told[0].device) == ("bf16", "cpu")


def test_validation_part_has_labels(tmp_path: Path, dots: Path) -> None:
    (dots / "public").rename(dots / "validation")
    seen: list[Samples] = []

    class Watching(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            assert validation is not None
            seen.append(validation)
            super().fit(train, validation, context)

    record = ran(tmp_path, Watching, data=dots.parent)
    assert list(record.scores) == ["private"]
    assert seen[0].y.tolist() == [0] * 6 + [1] * 6 + [2] * 6


def test_validation_part_is_predicted_without_labels_and_not_scored(tmp_path: Path, dots: Path) -> None:
    (dots / "public").rename(dots / "validation")
    asked: list[Samples] = []

    class Watching(Means):
        def predict_proba(self, samples: Samples) -> NDArray[Any]:
            asked.append(samples)
            return super().predict_proba(samples)

    registry = registry_with(net=Watching)
    (job,) = planned(tmp_path, registry, "net", data=dots.parent).jobs
    record = run_cell(job, Listener(), Tasks(registry))
    assert [(samples.labels, len(samples)) for samples in asked] == [(None, 36)]
    table = read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet")
    assert table["part"].value_counts().to_dict() == {"validation": 18, "private": 18}
    tested = table[table["part"] == "private"]
    assert record.scores.keys() == {"private"}
    assert record.scores["private"].metrics["accuracy"] == (tested["label"] == tested["prediction"]).mean()


# --------------------------------------------------------------------------------------------- a cell that fails


def test_model_that_raises_leaves_a_failed_record_with_its_traceback(tmp_path: Path) -> None:
    record = ran(tmp_path, raising(ZeroDivisionError("no\nsuch luck")))
    assert record.status == "failed"
    assert record.failure
    assert (record.failure.kind, record.failure.message) == ("ZeroDivisionError", "no\nsuch luck")
    assert "in fit\n    raise error" in record.failure.traceback
    assert record.counts["train"] == PartCount(attempted=36, dropped=0)
    assert "fit" in record.phases
    assert record.environment


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), SystemExit(3), RuntimeError()])
def test_whatever_a_model_raises_becomes_a_failed_record(tmp_path: Path, error: BaseException) -> None:
    assert why(tmp_path, raising(error))


def test_interrupt_is_passed_on_and_leaves_no_record(tmp_path: Path) -> None:
    registry = registry_with(net=raising(KeyboardInterrupt()))
    (job,) = planned(tmp_path, registry, "net").jobs
    with pytest.raises(KeyboardInterrupt):
        run_cell(job, Listener(), Tasks(registry))
    assert not (cell_folder(job.run, job.cell.id) / "record.json").exists()


def test_factory_that_returns_nonsense_leaves_a_failed_record(tmp_path: Path) -> None:
    assert why(tmp_path, lambda: 3).startswith("model 'net': build() returned int: neither a torch module, nor")


def first_row(values: list[float]) -> Callable[[NDArray[Any]], NDArray[Any]]:
    return lambda good: np.concatenate([[values], good[1:]])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda good: good[:-1], "it returned probabilities of shape (35, 3), wanted (36, 3)"),
        (lambda good: good[:, :2], "it returned probabilities of shape (36, 2), wanted (36, 3)"),
        (lambda good: good.argmax(axis=1), "it returned probabilities of shape (36,), wanted (36, 3)"),
        (lambda good: good[None], "it returned probabilities of shape (1, 36, 3), wanted (36, 3)"),
        (lambda _: None, "it returned probabilities of shape (), wanted (36, 3)"),
        (first_row([np.nan, 0.5, 0.5]), "it returned no probabilities: a probability is not finite, e.g. for 'p"),
        (first_row([np.inf, 0, 0]), "it returned no probabilities: a probability is not finite, e.g. for 'p"),
        (first_row([1.5, -0.5, 0]), "it returned no probabilities: a probability is negative, e.g. for 'p"),
        (
            first_row([0.5, 0.4, 0]),
            "it returned no probabilities: the probabilities do not sum to 1 within 0.001",
        ),
        (
            lambda good: 5 * good,
            "it returned no probabilities: the probabilities do not sum to 1 within 0.001",
        ),
    ],
)
def test_predictions_that_break_the_contract_fail_with_a_clear_message(
    tmp_path: Path, change: Callable[[NDArray[Any]], NDArray[Any]], reason: str
) -> None:
    class Wrong(Means):
        def predict_proba(self, samples: Samples) -> NDArray[Any]:
            return change(super().predict_proba(samples))

    message = why(tmp_path, Wrong)
    assert message.startswith(f"model 'net': {reason}")
    assert message.endswith("; fix it; if training diverged, lower the learning rate")
    assert not list((tmp_path / "runs").rglob("predictions.parquet"))


def test_predictions_in_float32_and_rounded_are_good_enough(tmp_path: Path) -> None:
    class Rounded(Means):
        def predict_proba(self, samples: Samples) -> NDArray[Any]:
            return super().predict_proba(samples).astype(np.float32).round(4)

    assert ran(tmp_path, Rounded).status == "finished"


class Telling(Means):
    """Reports an epoch of which the record can make nothing."""

    loss: Any = float("nan")
    count: Any = 48

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Learn and tell."""
        super().fit(train, validation, context)
        context.epoch(Epoch(1, 3, self.loss, 0.5, {}, 0.1))

    def parameter_count(self) -> Any:
        """Count."""
        return self.count


@pytest.mark.parametrize(("loss", "count"), [(float("nan"), 48), (object(), 48), (0.5, "many"), (0.5, -0.5)])
def test_what_cannot_be_recorded_makes_a_failed_record(tmp_path: Path, loss: Any, count: Any) -> None:
    class Wrong(Telling):
        pass

    Wrong.loss, Wrong.count = loss, count
    assert why(tmp_path, Wrong)


@pytest.mark.parametrize(("loss", "count"), [(np.float32(0.5), np.int64(48)), (np.float64(0.5), None)])
def test_numbers_of_numpy_can_be_recorded(tmp_path: Path, loss: Any, count: Any) -> None:
    class Fine(Telling):
        pass

    Fine.loss, Fine.count = loss, count
    record = ran(tmp_path, Fine)
    assert record.history == (Epoch(1, 3, 0.5, 0.5, {}, 0.1),)
    assert record.parameters == count


def test_warnings_are_kept_each_once(tmp_path: Path) -> None:
    class Warning_(Means):  # noqa: N801
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            for _ in range(3):
                warnings.warn("did not converge", RuntimeWarning, stacklevel=1)
            warnings.warn("old", DeprecationWarning, stacklevel=1)
            super().fit(train, validation, context)

    assert ran(tmp_path, Warning_).warnings == ("RuntimeWarning: did not converge", "DeprecationWarning: old")


def test_environment_tells_versions_and_nothing_of_the_person(tmp_path: Path) -> None:
    record = ran(tmp_path, Means)
    environment = record.environment
    assert environment["device"] == "cpu"
    assert environment["packages"]["numpy"] == np.__version__
    assert environment["threads"] >= 1
    text = json.dumps(environment)
    private = [str(Path.home()), str(Path.cwd()), str(tmp_path), socket.gethostname()]
    assert [one for one in private if len(one) > 3 and one in text] == []


# ------------------------------------------------------------------------------------------------------- data


def test_dropped_samples_are_listed_and_counted_in_their_part(tmp_path: Path, dots: Path) -> None:
    for path in ("train/round-00", "train/thin-03", "private/square-05"):
        (dots / f"{path}.pix").write_bytes(b"short")
    record = ran(tmp_path, Means, data=dots.parent)
    assert record.status == "finished"
    assert record.counts == {
        "train": PartCount(attempted=36, dropped=2),
        "public": PartCount(attempted=18, dropped=0),
        "private": PartCount(attempted=18, dropped=1),
    }
    assert [(one.sample_id, one.part, one.reason) for one in record.dropped] == [
        ("train-round-00", "train", "5 bytes instead of 16"),
        ("train-thin-03", "train", "5 bytes instead of 16"),
        ("private-square-05", "private", "5 bytes instead of 16"),
    ]
    assert record.scores["private"].n == 17
    assert [one.support for one in record.scores["private"].per_class] == [6, 5, 6]


def test_part_without_a_usable_sample_fails_with_a_clear_message(tmp_path: Path, dots: Path) -> None:
    for path in (dots / "public").iterdir():
        path.write_bytes(b"")
    message = why(tmp_path, Means, data=dots.parent)
    assert message == "no sample of the part 'public' can be used; run 'emobench data verify'"


@pytest.mark.parametrize("change", ["content", "fewer", "gone"])
def test_data_that_changed_since_it_was_planned_with_is_noticed(tmp_path: Path, dots: Path, change: str) -> None:
    registry = registry_with(means=Means)
    (job,) = planned(tmp_path, registry, "means", data=dots.parent).jobs
    sample = dots / "train" / "round-00.pix"
    if change == "content":
        sample.write_bytes(bytes(16))
    elif change == "fewer":
        sample.unlink()
    else:
        dots.rename(dots.parent / "elsewhere")
    record = run_cell(job, Listener(), Tasks(registry))
    assert record.failure
    if change != "gone":
        assert record.failure.message == (
            f"{dots}: the data changed since the run was planned; run the same command again"
        )
    assert record.scores == {}


# ------------------------------------------------------------------------------------------------- resumption


def test_cell_that_is_stopped_and_run_again_gives_the_same_bits(tmp_path: Path) -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise KeyboardInterrupt

    def job_in(folder: Path) -> Job:
        folder.mkdir()
        return planned(folder, registry, "net").jobs[0]

    registry = registry_with(net=torch_net)
    undisturbed, stopped = job_in(tmp_path / "a"), job_in(tmp_path / "b")
    assert undisturbed.cell.id == stopped.cell.id
    expected = run_cell(undisturbed, Listener(), Tasks(registry))
    with pytest.raises(KeyboardInterrupt):
        run_cell(stopped, Listener(stop), Tasks(registry))
    listener = Listener()
    record = run_cell(stopped, listener, Tasks(registry))
    assert listener.steps == 36  # the third epoch, nothing else
    assert [epoch.number for epoch in record.history] == [1, 2, 3]
    assert record.scores == expected.scores
    first, second = (
        read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet") for job in (undisturbed, stopped)
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_cell_that_failed_keeps_its_work_and_one_that_ended_does_not(tmp_path: Path) -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise RuntimeError

    registry = registry_with(net=torch_net)
    job = planned(tmp_path, registry, "net").jobs[0]
    work = cell_folder(job.run, job.cell.id) / "work"
    assert run_cell(job, Listener(stop), Tasks(registry)).status == "failed"
    assert (work / "checkpoint.pt").is_file()
    assert run_cell(job, Listener(), Tasks(registry)).status == "finished"
    assert not work.exists()


# --------------------------------------------------------------------------------------------------- fusions

FUSION = """
[[experiments]]
name = "both"
fusion = "average"
members = ["one", "{second}"]
headline = "private"
"""


class Even(Means):
    """Does not know."""

    def predict_proba(self, samples: Samples) -> NDArray[Any]:
        """Return something else than the other model."""
        generator = np.random.default_rng(len(samples))
        return generator.dirichlet((1, 1, 1), size=len(samples))


def fused(folder: Path, second: str, factory: Any, data: Path | None = None) -> tuple[Plan, list[Record]]:
    registry = registry_with(one=Means, **{second.replace("-", "_"): factory})
    plan = planned(folder, registry, "one", second, extra=FUSION.format(second=second), data=data)
    return plan, [run_cell(job, Listener(), Tasks(registry)) for job in plan.jobs]


def tables(plan: Plan) -> list[pd.DataFrame]:
    return [
        read_predictions(cell_folder(plan.run, job.cell.id) / "predictions.parquet").set_index("sample_id")
        for job in plan.jobs
    ]


PROBABILITIES = ["p_round", "p_square", "p_thin"]


def test_fused_probabilities_are_the_mean_of_the_members_files(tmp_path: Path) -> None:
    plan, records = fused(tmp_path, "two", Even)
    assert [record.status for record in records] == ["finished"] * 3
    one, two, both = tables(plan)
    expected = (one[PROBABILITIES].to_numpy(np.float64) + two[PROBABILITIES].to_numpy(np.float64)) / 2
    np.testing.assert_array_equal(both[PROBABILITIES].to_numpy(), expected.astype(np.float32))
    assert both.index.tolist() == one.index.tolist()
    assert both[["part", "label", "group"]].equals(one[["part", "label", "group"]])
    assert records[2].counts == {part: PartCount(attempted=18, dropped=0) for part in ("public", "private")}
    assert records[2].scores["test"].n == 36


def test_fusion_is_on_the_samples_that_every_member_predicted(tmp_path: Path, dots: Path) -> None:
    path = dots / "public" / "square-02.pix"
    path.write_bytes(b"\xff" + path.read_bytes()[1:])
    plan, records = fused(tmp_path, "halved-two", Even, dots.parent)
    assert [record.status for record in records] == ["finished"] * 3
    one, two, both = tables(plan)
    assert len(one) == 36
    assert both.index.tolist() == two.index.tolist() == [name for name in one.index if name != "public-square-02"]
    assert records[2].counts["public"] == PartCount(attempted=18, dropped=1)
    assert [(one.sample_id, one.part, one.reason) for one in records[2].dropped] == [
        ("public-square-02", "public", "halved-two: too bright")
    ]
    expected = (one.loc[both.index, PROBABILITIES].to_numpy(np.float64) + two[PROBABILITIES].to_numpy(np.float64)) / 2
    np.testing.assert_array_equal(both[PROBABILITIES].to_numpy(), expected.astype(np.float32))


def test_fusion_without_one_of_its_members_fails_with_a_clear_message(tmp_path: Path) -> None:
    plan, records = fused(tmp_path, "two", raising(ValueError("broken")))
    assert [record.status for record in records] == ["finished", "failed", "failed"]
    assert records[2].failure
    member = plan.jobs[1].cell.id
    assert records[2].failure.message == (f"its member two ({member}) has no result: broken; fix that, and run again")
    assert records[2].failure.kind == "EmobenchError"


# ---------------------------------------------------------------------------------------- the command line


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


def test_record_names_the_packages_of_strangers_and_not_emobench(tmp_path: Path) -> None:
    registry = registry_with(net=Means)
    (job,) = planned(tmp_path, registry, "net").jobs
    for plugin in registry.plugins:
        plugin.distribution = "stranger 1.0" if plugin.name == "models" else "emobench 0.1.0"
    record = run_cell(job, Listener(), Tasks(registry))
    assert {what: one.distribution for what, one in record.sources.items()} == {"models/net": "stranger 1.0"}


def test_failure_of_a_process_names_the_packages_of_strangers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry_with(net=Means)
    (job,) = planned(tmp_path, known, "net").jobs
    monkeypatch.setattr(runner, "installed_plugins", lambda: known)
    assert runner.failed_record(job, "Killed", "no memory").sources["models/net"].distribution == "stranger 1.0"


# ------------------------------------------------------------------------------ output of the wrong shape


def test_watching_the_logits_changes_nothing_of_a_network() -> None:
    import torch

    from emobench.models import output_checks

    net = torch_net(classes=3).eval()
    x = torch.ones(2, 16)
    state, logits = dict(net.state_dict()), net(x)
    output_checks.check_logits(net, "net", 3)
    assert torch.equal(net(x), logits)
    assert list(net.state_dict()) == list(state)
    with pytest.raises(EmobenchError, match="model 'net': forward"):
        net(torch.ones(16))


def wide_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Linear(16, classes + 1)


def spatial_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(16, classes), nn.Unflatten(1, (classes, 1, 1)))


def pair_net(*, classes: int) -> Any:
    from torch import nn

    return nn.LSTM(16, classes)


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (
            wide_net,
            "returned logits of shape (8, 4), wanted (8, 3); return a row for each sample and a column for each",
        ),
        (spatial_net, "returned logits of shape (8, 3, 1, 1), wanted (8, 3); "),
        (pair_net, "returned a tuple; return a tensor of logits"),
    ],
)
def test_logits_of_the_wrong_shape_are_said_at_the_first_batch(tmp_path: Path, factory: Any, said: str) -> None:
    record = ran(tmp_path, factory)
    assert record.failure is not None
    assert record.failure.message.startswith(f"model 'net': forward() {said}")
    assert record.history == ()


def soft_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(16, classes), nn.Softmax(dim=1))


@pytest.mark.parametrize(("factory", "lines"), [(soft_net, 1), (torch_net, 0)])
def test_a_network_that_ends_with_a_softmax_is_told_once(
    tmp_path: Path, factory: Any, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    record = ran(tmp_path, factory)
    assert record.status == "finished"
    said = "model 'net': forward() returns probabilities; return logits, their softmax is taken anyway"
    assert capsys.readouterr().err.count(f"emobench: {said}\n") == lines
    assert [one for one in record.warnings if said in one] == [f"UserWarning: {said}"] * lines


def test_probabilities_of_an_estimator_of_the_wrong_shape_are_said(tmp_path: Path) -> None:
    from tests.support.wrong_shapes import Wide

    said = "model 'net': predict_proba() returned probabilities of shape (36, 9), wanted (36, 3)"
    assert why(tmp_path, Wide).startswith(said)
