"""Whether a cell is what an experiment asks for."""

from __future__ import annotations

from typing import Any

import pytest

from emobench.records import Component, Identity
from emobench.suites import Experiment
from emobench.suites.matching import misfit
from tests.support.factories import cell, identity

TRAINED: dict[str, Any] = {
    "name": "net-on-faces",
    "dataset": "faces",
    "labels": "three",
    "protocol": {"name": "random-clips", "test_size": 60},
    "model": "net",
}
AVERAGE: dict[str, Any] = {"name": "both", "fusion": "average", "members": ["a", "b"]}


def judged(experiment: dict[str, Any], what: Identity) -> str:
    return misfit(Experiment.model_validate(experiment), cell(experiment["name"], what=what))


def fused(name: str) -> Identity:
    return identity(model=None, schedule=None, representations=(), fusion=Component(name=name), members=("1", "2"))


def test_other_schedules_and_seeds_are_cells_of_the_same_experiment() -> None:
    assert judged(TRAINED, identity(seed=7)) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dataset": "voices"}, "its dataset is faces, not voices"),
        ({"labels": "seven"}, "its label map is three, not seven"),
        ({"model": "mlp"}, "its model is net, not mlp"),
        ({"protocol": "official"}, "its protocol is random-clips, not official"),
        ({"protocol": {"name": "random-clips", "test_size": 30}}, "its test_size of the protocol is 60, not 30"),
    ],
)
def test_another_component_is_named(change: dict[str, Any], said: str) -> None:
    assert judged({**TRAINED, **change}, identity()) == said


def test_which_fold_a_cell_is_of_does_not_matter() -> None:
    assert judged({**TRAINED, "protocol": {"name": "random-clips", "fold": "9"}}, identity()) == ""


def test_predictions_made_elsewhere_are_no_experiments() -> None:
    assert judged(TRAINED, identity(schedule=None)) == "its predictions were made elsewhere"


def test_a_fusion_is_known_by_its_name() -> None:
    assert judged(AVERAGE, fused("average")) == ""
    assert judged(AVERAGE, fused("max")) == "it has another fusion"


def test_an_applied_model_is_told_from_a_fitted_one() -> None:
    assert judged(TRAINED, identity(trained="0123456789abcdef")) == "it applies a fitted model"
