"""What runs are written to besides their folder: a CSV file, JUnit XML, MLflow."""

from __future__ import annotations

import csv
import json
import os
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from emobench_plugins.listeners import mlflow as mlflow_logger

from emobench import cli, hookimpl
from emobench.errors import EmobenchError
from emobench.planning.request import Request
from emobench.plugins import loading
from emobench.plugins.registry import Registry
from emobench.records.departures import in_words
from emobench.records.identity import Component
from emobench.records.record import Phase
from emobench.records.run_folder import read_records
from emobench.running.suite import run_suite
from tests.conftest import FakeEntry, module
from tests.support import factories
from tests.support.dots_runs import Means, command, installed, planned, raising, torch_net

pytestmark = pytest.mark.usefixtures("one_thread")
__all__ = ["installed"]  # a fixture


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------------------------------------------- events


class Heard:
    """Keeps what it hears, and in which process."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.processes: set[int] = set()
        self.files: set[str] = set()
        self.end: list[Any] = []

    def _hear(self, event: str, experiment: str) -> None:
        self.events.append((experiment, event))
        self.processes.add(os.getpid())

    @hookimpl
    def emobench_cell_started(self, cell: Any) -> None:
        """Keep."""
        self._hear("started", cell.experiment)

    @hookimpl
    def emobench_epoch_ended(self, cell: Any, epoch: Any) -> None:
        """Keep."""
        self._hear(f"epoch {epoch.number}", cell.experiment)

    @hookimpl
    def emobench_cell_finished(self, cell: Any, record: Any, folder: Path) -> None:
        """Keep."""
        self._hear(record.status, cell.experiment)
        self.files |= {path.name for path in folder.iterdir() if path.is_file()}

    @hookimpl
    def emobench_run_finished(self, records: Any, skipped: Any, folder: Path) -> None:
        """Keep."""
        self.end.append((len(records), [skip.experiment for skip in skipped], (folder / "leaderboard.json").is_file()))


TWO = """
schema = 1
title = "Two"

[[experiments]]
name = "two"
dataset = "fer2013"
labels = "seven-emotions"
protocol = "official"
model = "mobilenet-v2"
headline = "private-test"
training = { epochs = 2 }
"""


def test_events_come_in_this_process_whatever_the_number_of_jobs(tmp_path: Path) -> None:
    heard = Heard()
    (tmp_path / "two.toml").write_text(TWO)
    request = Request(str(tmp_path / "two.toml"), out=tmp_path / "runs", seeds=2, limit=7)
    run_suite(request, workers=2, listeners=[heard])
    assert sorted(heard.events) == sorted([("two", e) for e in ("started", "epoch 1", "epoch 2", "finished")] * 2)
    assert heard.processes == {os.getpid()}
    assert {"record.json", "predictions.parquet"} <= heard.files
    assert heard.end == [(2, [], True)]
    assert not any(isinstance(one, Heard) for one in loading.installed_plugins().manager.get_plugins())


def test_what_does_not_run_is_told_with_its_reason(tmp_path: Path, installed: Callable[..., None]) -> None:
    heard = Heard()
    installed(net=Means)
    same = planned(tmp_path, loading.installed_plugins(), "net").suite.file.read_text(encoding="utf-8")
    (tmp_path / "twice.toml").write_text(same + same.partition("\n\n")[2].replace('name = "net"', 'name = "same"'))
    run_suite(Request(str(tmp_path / "twice.toml"), out=tmp_path / "runs"), listeners=[heard])
    assert heard.end == [(1, ["same"], True)]


# ---------------------------------------------------------------------------------------------------------- CSV


def test_csv_has_a_line_for_each_epoch_and_cell_and_is_appended_to(
    tmp_path: Path, installed: Callable[..., None]
) -> None:
    log = tmp_path / "new" / "log.csv"
    installed(net=torch_net, bad=raising(ValueError("out of\nluck")))
    planned(tmp_path, loading.installed_plugins(), "net", "bad")
    assert command(tmp_path, "--log-csv", str(log)) == 1
    told = [(row["experiment"], row["event"], row["epoch"]) for row in lines(log)]
    assert told == [*(("net", "epoch", str(n)) for n in (1, 2, 3)), ("net", "finished", ""), ("bad", "failed", "")]
    (record,) = [record for record in read_records(tmp_path / "runs") if record.status == "finished"]
    frame = pd.read_csv(log)
    assert list(frame["train_loss"][:3]) == [epoch.loss for epoch in record.history]
    assert frame["test_accuracy"][3] == record.scores["private"].metrics["accuracy"]
    assert frame["test_n"][3] == 18
    assert frame["message"][4] == "out of luck"
    assert command(tmp_path, "--log-csv", str(log)) == 1  # only the failed one is tried again
    assert [row["experiment"] for row in lines(log)[5:]] == ["bad"]


@pytest.mark.parametrize("option", ["--log-csv", "--junit"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_runs(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", "--suite", "paper-replication", "--out", str(tmp_path / "runs"), option, str(tmp_path)]
    assert cli.invoke(arguments) == 2
    assert f"{tmp_path}: cannot write: Is a directory" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


# -------------------------------------------------------------------------------------------------------- JUnit


def test_junit_of_a_run(tmp_path: Path, installed: Callable[..., None]) -> None:
    report = tmp_path / "cells.xml"
    report.write_text("an earlier one")
    installed(net=Means, bad=raising(ValueError("no luck")))
    planned(tmp_path, loading.installed_plugins(), "net", "bad")
    assert command(tmp_path, "--junit", str(report)) == 1
    (suite,) = ET.parse(report).getroot()
    assert suite.attrib["name"] == "dots-suite"
    assert [case.find("failure") is None for case in suite] == [True, False]
    assert float(suite[0].attrib["time"]) > 0


def test_no_report_is_no_success(
    tmp_path: Path, installed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reports"
    taken = module("taken", emobench_cell_started=lambda: (folder / "cells.xml").mkdir())
    installed(FakeEntry("taken", taken), net=Means)
    planned(tmp_path, loading.installed_plugins(), "net")
    assert command(tmp_path, "--junit", str(folder / "cells.xml")) == 1
    assert "'JUnitReport 1' failed in emobench_run_finished" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------- MLflow


class Store:
    """Stands in for MLflow's client, and keeps what it is told or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.calls = error, 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            raise self.error or AttributeError(name)

        return call


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A session of the logger for one test."""
    fresh = mlflow_logger._Session()
    monkeypatch.setattr(mlflow_logger, "_session", fresh)
    monkeypatch.delenv(mlflow_logger.SWITCH, raising=False)
    yield fresh
    fresh.runs.clear()


def listening(folder: Path, installed: Callable[..., None], **models: Any) -> None:
    installed(FakeEntry("mlflow", mlflow_logger), **models)
    registry: Registry = loading.installed_plugins()
    planned(folder, registry, *models)


def test_mlflow_is_not_touched_unless_asked_for(
    tmp_path: Path, installed: Callable[..., None], session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    session.client = Store(ConnectionError("asked"))
    listening(tmp_path, installed, net=Means)
    assert command(tmp_path) == 0
    assert session.client.calls == 0


def test_a_server_that_fails_harms_nothing_and_is_asked_once(
    tmp_path: Path,
    installed: Callable[..., None],
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(mlflow_logger.SWITCH, "1")
    session.client = Store(ConnectionError("no route\nto host"))
    listening(tmp_path, installed, net=torch_net, other=Means)
    assert command(tmp_path) == 0
    assert session.client.calls == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "plugin" in line]
    assert "'stranger:mlflow' failed in emobench_cell_started" in line
    assert "ConnectionError: no route to host; the results are complete without it" in line
    assert not session.broken  # the next run tries again


def test_mlflow_that_is_missing_is_said_with_what_to_install(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(mlflow_logger.SWITCH, "1")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(EmobenchError, match=r"pip install 'emobench\[mlflow\]'"):
        mlflow_logger.emobench_cell_started(factories.cell())


@pytest.fixture
def store(session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of a store in files, which the logger uses too."""
    for name, value in {
        mlflow_logger.SWITCH: "1",
        "MLFLOW_TRACKING_URI": (tmp_path / "mlruns").as_uri(),
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow-skinny: pip install -e '.[dev]'")
    return mlflow.MlflowClient()


@pytest.mark.filterwarnings("ignore")  # of MLflow, about itself
def test_mlflow_has_a_run_for_each_cell(tmp_path: Path, installed: Callable[..., None], store: Any) -> None:
    listening(tmp_path, installed, net=torch_net, bad=raising(ValueError("no luck")))
    assert command(tmp_path) == 1
    experiment = store.get_experiment_by_name("dots-suite")
    runs = {run.data.tags["experiment"]: run for run in store.search_runs([experiment.experiment_id])}
    records = {record.cell.experiment: record for record in read_records(tmp_path / "runs")}
    net, bad = runs["net"], runs["bad"]

    assert (net.info.status, bad.info.status) == ("FINISHED", "FAILED")
    assert net.data.tags["cell"] == records["net"].cell.id
    assert (net.data.tags["provenance"], net.data.tags["status"]) == ("synthetic", "finished")
    assert net.data.tags["leaky"] == str(records["net"].cell.leaky).lower()
    assert net.data.tags["departures"] == in_words(records["net"].cell.departures)
    assert bad.data.tags["failure"] == "ValueError: no luck"

    identity = records["net"].cell.identity
    expected = {
        "dataset": "dots",
        "labels": "shapes@1",
        "protocol": "by-folder",
        "model": "net",
        "schedule.epochs": "3",
        "seed": "5",
        "split.train": identity.split["train"],
        "representations.0": "pixels",
        "representations.0.factor": "1.0",
    }
    assert expected.items() <= net.data.params.items()

    history = store.get_metric_history(net.info.run_id, "train/loss")
    assert [(one.step, one.value) for one in history] == [(e.number, e.loss) for e in records["net"].history]
    for part, scores in records["net"].scores.items():
        for name, value in scores.metrics.items():
            assert net.data.metrics[f"{part}/{name}"] == value
    files = {run: {file.path for file in store.list_artifacts(runs[run].info.run_id)} for run in runs}
    assert files == {"net": {"record.json", "predictions.parquet"}, "bad": {"record.json"}}


@pytest.mark.filterwarnings("ignore")  # of MLflow, about itself
def test_interrupted_cells_are_marked_and_a_fusion_has_its_members(session: Any, store: Any) -> None:
    fusion = factories.identity(
        model=None, schedule=None, representations=(), fusion=Component(name="average"), members=("a", "b")
    )
    mlflow_logger.emobench_cell_started(factories.cell(what=fusion, note="odd: " + "x" * 9000))
    mlflow_logger.emobench_cell_started(factories.cell(what=fusion))  # its process died, and it starts again
    (run,) = session.runs.values()
    mlflow_logger._end_what_is_open()
    kept = store.get_run(run)
    assert kept.info.status == "KILLED"
    assert kept.data.params["fusion"] == "average"
    assert json.loads(kept.data.params["members"]) == ["a", "b"]
    assert "model" not in kept.data.params


def test_phases_and_sizes_are_metrics() -> None:
    results = mlflow_logger._results(factories.record(phases={"fit": Phase(wall=2.0, cpu=1.0)}, parameters=7))
    assert (results["seconds/fit"], results["parameters"]) == (2.0, 7)
