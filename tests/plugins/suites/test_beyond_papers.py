"""The suite beyond-papers: people apart, and nothing chosen on what is tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins
from emobench.records.cell import Cell
from emobench.suites.reading import find_suite

SUITE = find_suite("beyond-papers", installed_plugins())
EXPERIMENTS = {experiment.name: experiment for experiment in SUITE.experiments}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The suite on twins, one seed."""
    folder: Path = tmp_path_factory.mktemp("beyond")
    return make_plan(Request("beyond-papers", out=folder / "runs", seeds=1), installed_plugins())


def of(cell: Cell) -> str:
    return cell.experiment.partition("/")[0]


def test_every_experiment_can_be_planned(plan: Plan) -> None:
    assert {of(job.cell) for job in plan.jobs} == EXPERIMENTS.keys()
    assert not plan.skipped


def test_what_selects_has_a_validation_part_of_its_own_and_the_rest_trains_for_fixed_epochs(plan: Plan) -> None:
    for cell in (job.cell for job in plan.jobs if not job.cell.identity.folds):
        experiment, parts = EXPERIMENTS[of(cell)], cell.identity.split
        selects = experiment.training.recipe.selects or bool(experiment.grid)
        assert selects is ("validation" in parts), cell.experiment
        recipe = cell.identity.recipe
        assert recipe is not None
        assert (recipe.by == cell.ranked_by) is selects, cell.experiment
        if not selects and experiment.model is not None and experiment.model.name != "svm":
            assert experiment.training.epochs, cell.experiment


def test_nothing_is_selected_on_a_test_part(plan: Plan) -> None:
    for cell in (job.cell for job in plan.jobs):
        parts = dict(cell.identity.split)
        held_out = parts.pop("validation", None)
        assert held_out not in parts.values(), cell.experiment
        assert not cell.selected_on
        assert cell.headline != "validation"


def test_people_are_apart_wherever_the_corpus_names_them(plan: Plan) -> None:
    named = {"ravdess", "crema-d", "tess"}
    for cell in (job.cell for job in plan.jobs):
        assert not (cell.identity.dataset in named and cell.leaky), cell.experiment


def test_classes_count_alike_in_training_votes_as_they_are_and_three_seeds_are_run() -> None:
    assert SUITE.seeds == 3
    weights = {(bool(experiment.target), experiment.training.class_weights) for experiment in EXPERIMENTS.values()}
    assert weights == {(False, "balanced"), (True, "")}
