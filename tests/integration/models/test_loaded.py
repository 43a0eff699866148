"""A model is read back from where its cell left it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.errors import EmobenchError
from emobench.models.loaded import load_fitted
from emobench.planning.plan import Plan
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.support.dots_runs import Listener, Means, planned, registry_with

pytestmark = pytest.mark.usefixtures("one_thread")


def linear(*, classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> Any:
    from torch import nn

    return nn.Linear(input_shapes[0][0], classes)


REGISTRY = registry_with(net=linear, means=Means)


def fitted(folder: Path, model: str = "net") -> Plan:
    """Run a suite with one cell."""
    plan = planned(folder, REGISTRY, model)
    (job,) = plan.jobs
    assert run_cell(job, Listener(), Tasks(REGISTRY)).status == "finished"
    return plan


def folder_of(plan: Plan) -> Path:
    (job,) = plan.jobs
    return cell_folder(plan.run, job.cell.id) / "model"


def loaded(plan: Plan, pixels: int = 16) -> Any:
    (job,) = plan.jobs
    return load_fitted(job.run, job.cell.id, REGISTRY, shapes=((pixels,),), files={}, device="cpu")


def test_it_has_learnt_what_the_cell_learnt(tmp_path: Path) -> None:
    plan = fitted(tmp_path, "means")
    learnt = np.load(folder_of(plan) / "means.npy")
    assert learnt.shape == (3, 16)
    np.testing.assert_array_equal(loaded(plan).means, learnt)


def test_inputs_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"the fitted model does not fit these inputs: .*size mismatch") as caught:
        loaded(fitted(tmp_path), 9)
    assert "\n" not in str(caught.value)


def test_a_model_that_is_gone_is_said_with_its_folder(tmp_path: Path) -> None:
    plan = fitted(tmp_path)
    shutil.rmtree(folder_of(plan))
    with pytest.raises(EmobenchError, match=r"the fitted model of cell .* is not here") as caught:
        loaded(plan)
    assert caught.value.where == str(folder_of(plan))


def test_a_cell_that_never_ran_has_no_model(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="is not here; see why that cell failed"):
        loaded(planned(tmp_path, REGISTRY, "net"))
