"""Runs of the suite of tests/support/film_plugin.py: of fitted models, and of models applied to other data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from emobench import cli
from emobench.contracts.model import ModelSpec
from emobench.errors import EmobenchError
from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins import loading
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.predictions import read_predictions
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.conftest import Dots, FakeEntry, module
from tests.support import film_plugin
from tests.support.dots_runs import Listener
from tests.support.film_plugin import experiment, suite

FITTED = experiment("fitted", training="{ epochs = 2, batch_size = 8, learning_rate = 0.01 }", seed="5")


APPLIED = experiment("applied", model_of='"fitted"')


def with_models(**factories: Any) -> list[FakeEntry]:
    """Return the entry points of the tiny plugins, and of a model for each factory."""

    def models() -> list[ModelSpec]:
        return [ModelSpec(name, factory, ("pixels",)) for name, factory in factories.items()]

    return [
        *film_plugin.entries(),
        FakeEntry("models", module("tests.support.film_runs", emobench_models=models)),
    ]


def registry(**factories: Any) -> Registry:
    return load(cast(Any, with_models(**factories)))


def planned(folder: Path, *experiments: str, using: Registry | None = None, **request: Any) -> Plan:
    path = folder / "films_suite.toml"
    path.write_text(suite(*experiments), encoding="utf-8")
    return make_plan(Request(str(path), out=folder / "runs", **request), using or registry())


def ran(plan: Plan, using: Registry | None = None) -> dict[str, Record]:
    """Run a plan's cells in order; return their records by experiment."""
    using = using or registry()
    return {job.cell.experiment: run_cell(job, Listener(), Tasks(using)) for job in plan.jobs}


def table(plan: Plan, name: str) -> pd.DataFrame:
    """Return an experiment's predictions by sample."""
    (job,) = (job for job in plan.jobs if job.cell.experiment == name)
    return read_predictions(cell_folder(plan.run, job.cell.id) / "predictions.parquet").set_index("sample_id")


def refusal(folder: Path, *experiments: str, **request: Any) -> str:
    with pytest.raises(EmobenchError) as caught:
        planned(folder, *experiments, **request)
    return str(caught.value)


def why(record: Record) -> str:
    assert record.status == "failed"
    assert record.failure
    return record.failure.message


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one folder, which is a copy of dots, of clips and of films."""
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    return folder.parent


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install models for the process, as if their distribution were there."""

    def install(**factories: Any) -> None:
        monkeypatch.setattr(loading, "_entry_points", lambda: with_models(**factories))
        loading.installed_plugins.cache_clear()

    yield install
    loading.installed_plugins.cache_clear()


def command(folder: Path, *options: str) -> int:
    return cli.invoke(["run", "--suite", str(folder / "films_suite.toml"), "--out", str(folder / "runs"), *options])
