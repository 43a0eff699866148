"""One cell: what a model sees, what becomes of its mistakes, and what the record says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench.contracts.model import Epoch, FitContext, Samples
from emobench.data.twins import twin_of
from emobench.models import torch_loop
from emobench.planning.plan import Job
from emobench.records.departures import Limited
from emobench.records.predictions import read_predictions
from emobench.records.record import PartCount
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.conftest import Dots
from tests.support.dots_runs import (
    Listener,
    Means,
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
    copy = twin_of(Dots(), registry)
    index = copy.index.samples
    order = pd.concat([index[index["split"] == part] for part in ("public", "private")])
    assert len(table) == len(order)
    table = table.loc[order["sample_id"]]
    assert table["part"].tolist() == order["split"].tolist()
    assert table["label"].tolist() == order["label"].tolist()
    assert table["group"].tolist() == order["group"].tolist()

    def pixels(rows: pd.DataFrame) -> NDArray[Any]:
        files = [copy.location.root / path for path in rows["image_path"]]
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


def test_training_part_of_one_class_is_said_and_not_blamed_on_the_model(tmp_path: Path) -> None:
    failure = ran(tmp_path, Means, limit=1).failure
    assert failure is not None
    assert "all 1 samples of the training part are" in failure.message


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
            return np.asarray(np.eye(3)[samples.y])

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


def test_cell_that_is_stopped_and_run_again_gives_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_loop, "CHECKPOINT_SECONDS", 0)

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


def test_cell_that_failed_keeps_its_work_and_one_that_ended_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_loop, "CHECKPOINT_SECONDS", 0)

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


# ---------------------------------------------------------------------------------------- the command line


# ------------------------------------------------------------------------------ output of the wrong shape


def test_model_is_not_written_where_it_is_not_kept(tmp_path: Path) -> None:
    registry = registry_with(means=Means)
    job = planned(tmp_path, registry, "means").jobs[0].model_copy(update={"keep_model": False})
    assert run_cell(job, Listener(), Tasks(registry)).status == "finished"
    folder = cell_folder(job.run, job.cell.id)
    assert sorted(path.name for path in folder.iterdir()) == ["predictions.parquet", "record.json"]
