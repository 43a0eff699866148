"""What cells will take: the few measured steps where no record tells it, and the records where they do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from emobench.contracts.model import FitContext, Schedule
from emobench.models.estimator import EstimatorModel
from emobench.planning import Request, make_plan
from emobench.plugins.loading import installed_plugins
from emobench.records.run_folder import read_records
from emobench.running.calibration import _of_estimator
from emobench.running.estimates import estimate
from tests.support.factories import identity

pytestmark = pytest.mark.usefixtures("one_thread")


def test_steps_are_measured_where_no_record_tells_what_a_model_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request = Request("paper-replication", out=tmp_path / "runs", only=("a.table1.mobilenet-v2", "a.table2.mlp"))
    costs = estimate(make_plan(request, installed_plugins()), "cpu").cells.values()
    assert {cost.source for cost in costs} == {"steps"}
    assert all(cost.seconds and cost.memory for cost in costs)
    assert max(cost.working for cost in costs) > 2_000_000 * 4 * 3
    assert not (tmp_path / "runs").exists()


def test_a_run_tells_what_its_next_seed_takes(mlp: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (record,) = read_records(mlp)
    (run,) = {path.parents[2] for path in mlp.glob("**/cells/*/record.json")}
    request = Request("paper-replication", out=run.parent, only=(record.cell.experiment,), seeds=2)
    costs = list(estimate(make_plan(request, installed_plugins()), "cpu").cells.values())
    assert [cost.source for cost in costs] == ["records"]
    fitted = record.phases["fit"].wall + record.phases["predict"].wall
    assert costs[0].seconds == pytest.approx(fitted, rel=0.01, abs=1.0)


def test_time_of_an_estimator_grows_as_its_algorithm_does() -> None:
    """A machine with a kernel takes more than ten times as long for ten times as many samples; naive Bayes hardly does."""

    class Sleepy(GaussianNB):  # type: ignore[misc]
        power = 1.0

        def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Any:
            time.sleep(0.2 * (len(x) / 1000) ** self.power)
            return super().fit(x, y)

    class Square(Sleepy):
        power = 2.0

    context = FitContext(Schedule(epochs=1), 0, "cpu", "fp32", Path(), lambda _: None, lambda _: None)
    stream = {"x": np.ones((1, 20), np.float32)}
    told = {kind: _of_estimator(EstimatorModel(kind()), stream, identity(), context) for kind in (Sleepy, Square)}
    seconds = {kind: 10_000 * (rates.fit or 0.0) * rates.of(10_000) for kind, rates in told.items()}
    assert seconds[Sleepy] == pytest.approx(2, rel=0.5)
    assert seconds[Square] == pytest.approx(20, rel=0.5)
