"""Fusions of cells: probabilities of the members, on the samples that all of them predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench.contracts.model import Samples
from emobench.planning.plan import Plan
from emobench.records.predictions import read_predictions
from emobench.records.record import PartCount, Record
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.support.dots_runs import (
    Listener,
    Means,
    planned,
    raising,
    registry_with,
)

pytestmark = pytest.mark.usefixtures("one_thread")


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
