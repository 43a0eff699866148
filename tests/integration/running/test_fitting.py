"""Fits that select on validation: epochs, a grid, what cannot, and what is left after a kill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from emobench.contracts.model import FitContext, Samples
from emobench.errors import EmobenchError
from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins
from emobench.records.predictions import read_predictions
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.support.dots_runs import Listener, Means, registry_with, torch_net

HEAD = """
schema = 1
title = "Dots"

[[experiments]]
name = "net"
dataset = "dots"
labels = "shapes"
protocol = {{ name = "by-folder"{protocol} }}
model = {{ name = "net"{model} }}
headline = "private"
seed = 5
"""


def planned(
    folder: Path, factory: Any, text: str = "", *, protocol: str = ', hold_out = "public"', model: str = ""
) -> Plan:
    path = folder / "dots_suite.toml"
    path.write_text(HEAD.format(protocol=protocol, model=model) + text, encoding="utf-8")
    return make_plan(Request(str(path), out=folder / "runs"), registry_with(net=factory))


def ran(plan: Plan, factory: Any) -> Record:
    (job,) = plan.jobs
    return run_cell(job, Listener(), Tasks(registry_with(net=factory)))


def failure(folder: Path, factory: Any, text: str) -> str:
    record = ran(planned(folder, factory, text), factory)
    assert record.failure
    return record.failure.message


def nearest(*, neighbours: int = 1) -> KNeighborsClassifier:
    return KNeighborsClassifier(neighbours)


class Told(Means):
    """Is as good on validation as the parameter says, and remembers which of them it was."""

    tried: list[float] = []

    def __init__(self, quality: float) -> None:
        super().__init__()
        self.quality = quality

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Learn."""
        Told.tried.append(self.quality)
        if self.quality < 0:
            raise KeyboardInterrupt
        super().fit(train, validation, context)

    def predict_proba(self, samples: Samples) -> NDArray[Any]:
        """Say the first class of a share of the samples."""
        probabilities = super().predict_proba(samples)
        probabilities[: round((1 - self.quality) * len(probabilities))] = np.eye(3)[0]
        return probabilities


def told(*, quality: float = 0.0) -> Told:
    return Told(quality)


def test_best_of_a_grid_on_validation_is_what_is_tested(tmp_path: Path) -> None:
    plan = planned(tmp_path, nearest, "grid = { neighbours = [1, 9, 36] }")
    record = ran(plan, nearest)
    assert record.selection
    alone = {}
    for neighbours in (1, 9, 36):
        (tmp_path / str(neighbours)).mkdir()
        fixed = planned(tmp_path / str(neighbours), nearest, model=f", neighbours = {neighbours}")
        other = ran(fixed, nearest)
        table = read_predictions(cell_folder(fixed.run, other.cell.id) / "predictions.parquet")
        aside = table[table["part"] == "validation"]
        alone[neighbours] = (balanced_accuracy_score(aside["label"], aside["prediction"]), other.scores["private"])
    best = max(alone, key=lambda neighbours: alone[neighbours][0])
    assert (record.selection.chosen, record.selection.tried) == ({"neighbours": best}, 3)
    assert record.selection.value == pytest.approx(alone[best][0])
    assert record.scores["private"] == alone[best][1]
    assert record.selection.samples == 18


def test_first_of_equals_is_chosen_and_the_metric_can_be_named(tmp_path: Path) -> None:
    record = ran(planned(tmp_path, told, 'training = { by = "accuracy" }\ngrid = { quality = [0.2, 0.9, 0.91] }'), told)
    assert record.selection
    assert record.selection.chosen == {"quality": 0.9}
    assert record.selection.by == "accuracy"
    assert str(record.selection).startswith("quality 0.9 of 3 combinations, by accuracy ")


def test_stopped_grid_goes_on_with_what_was_not_tried(tmp_path: Path) -> None:
    text = "grid = { quality = [0.9, 0.5, -1.0] }"
    Told.tried = []
    with pytest.raises(KeyboardInterrupt):
        ran(planned(tmp_path, told, text), told)
    with pytest.raises(KeyboardInterrupt):
        ran(planned(tmp_path, told, text), told)
    assert Told.tried == [0.9, 0.5, -1.0, -1.0]


def test_applied_model_is_built_as_the_grid_came_out(tmp_path: Path) -> None:
    def deep(*, classes: int, width: int = 4) -> Any:
        from torch import nn

        return nn.Sequential(nn.Linear(16, width), nn.Linear(width, classes))

    text = "training = { epochs = 2 }\ngrid = { width = [2, 8], learning_rate = [0.1, 0.01] }\n"
    text += '\n[[experiments]]\nname = "again"\ndataset = "dots"\nlabels = "shapes"\nmodel_of = "net"\nheadline = "private"\n'
    text += 'protocol = { name = "by-folder", hold_out = "public" }\n'
    plan = planned(tmp_path, deep, text)
    tasks = Tasks(registry_with(net=deep))
    first, second = (run_cell(job, Listener(), tasks) for job in plan.jobs)
    assert first.selection
    assert first.selection.tried == 4
    assert first.parameters == second.parameters
    assert first.scores["private"].confusion == second.scores["private"].confusion


def test_selected_epoch_is_on_the_record(tmp_path: Path) -> None:
    text = 'training = { epochs = 6, keep = "best", patience = 2, class_weights = "balanced", decay = "cosine" }'
    plan = planned(tmp_path, torch_net, text)
    record = ran(plan, torch_net)
    assert record.selection
    assert record.selection.kind == "validation"
    values = [epoch.validation["balanced_accuracy"] for epoch in record.history]
    assert record.selection.epoch == values.index(max(values)) + 1
    assert (record.selection.value, record.selection.epochs) == (max(values), len(values))
    table = read_predictions(cell_folder(plan.run, record.cell.id) / "predictions.parquet")
    aside = table[table["part"] == "validation"]
    assert balanced_accuracy_score(aside["label"], aside["prediction"]) == pytest.approx(max(values))


def test_recipe_that_asks_for_nothing_changes_no_id(tmp_path: Path) -> None:
    (plain,) = planned(tmp_path, torch_net, "training = { epochs = 2 }").jobs
    (asked,) = planned(
        tmp_path, torch_net, 'training = { epochs = 2, keep = "last", warm_up = 0.0, augment = [], accumulate = 1 }'
    ).jobs
    (other,) = planned(tmp_path, torch_net, "training = { epochs = 2, warm_up = 0.5 }").jobs
    assert plain.cell.id == asked.cell.id != other.cell.id
    assert "recipe" not in plain.cell.identity.model_dump(mode="json")


def test_grid_of_one_combination_is_a_grid(tmp_path: Path) -> None:
    record = ran(planned(tmp_path, nearest, "grid = { neighbours = [9] }"), nearest)
    assert record.selection
    assert (record.selection.chosen, record.selection.tried) == ({"neighbours": 9}, 1)


def test_history_is_that_of_the_combination_that_is_chosen(tmp_path: Path) -> None:
    text = "training = { epochs = 3 }\ngrid = { learning_rate = [1e-9, 0.05, 1e-8] }"
    record = ran(planned(tmp_path, torch_net, text), torch_net)
    assert record.selection
    assert record.selection.chosen == {"learning_rate": 0.05}
    alone = tmp_path / "alone"
    alone.mkdir()
    fixed = ran(planned(alone, torch_net, "training = { epochs = 3, learning_rate = 0.05 }"), torch_net)
    assert [epoch.number for epoch in record.history] == [1, 2, 3]
    assert [epoch.loss for epoch in record.history] == [epoch.loss for epoch in fixed.history]


def test_metric_that_selects_is_part_of_the_id_and_no_other_one(tmp_path: Path) -> None:
    def cell(text: str) -> Any:
        (job,) = planned(tmp_path, torch_net, text).jobs
        return job.cell

    best = 'training = { keep = "best" }'
    by_default, by_name = cell(best), cell('training = { keep = "best", by = "balanced_accuracy" }')
    assert by_default.id == by_name.id != cell(f'{best}\nranked_by = "accuracy"').id
    assert "metrics/balanced_accuracy" in by_default.identity.code
    assert cell('training = { by = "accuracy" }').id == cell("").id
    assert cell('training = { by = "accuracy" }').identity.recipe is None


def test_file_is_no_value_to_try(tmp_path: Path) -> None:
    text = 'schema = 1\ntitle = "Mine"\n[[experiments]]\nname = "one"\ndataset = "fer2013"\nlabels = "seven-emotions"\n'
    text += 'protocol = { name = "official", hold_out = "public-test" }\nmodel = "resnet18"\ngrid = { weights = ["a.pth"] }\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(EmobenchError, match="'weights' names a file, which a grid cannot try"):
        make_plan(Request(str(tmp_path / "mine.toml"), out=tmp_path / "runs"), installed_plugins())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('training = { keep = "best" }', "it cannot train with keep"),
        (
            "training = { patience = 2, warm_up = 1.0 }",
            "it cannot train with patience, warm_up; an estimator has no epochs",
        ),
        ('training = { augment = ["flip"] }', "it cannot train with augment"),
    ],
)
def test_what_an_estimator_has_not_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in failure(tmp_path, LogisticRegression, text)


def test_estimators_weigh_their_classes_or_say_that_they_cannot(tmp_path: Path) -> None:
    text = 'training = { class_weights = "balanced" }'
    assert "it has neither class_weight nor sample_weight" in failure(tmp_path, nearest, text)
    record = ran(planned(tmp_path, LogisticRegression, text), LogisticRegression)
    assert record.status == "finished"


def test_model_of_a_plugin_says_whether_it_heeds_the_recipe(tmp_path: Path) -> None:
    class Wrapping(Means):
        """Has a torch module of its own, which the harness does not train."""

        module = None

    class Heeding(Means):
        heeds_recipe = True
        told: Mapping[str, Any] = {}

        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            Heeding.told = {"decay": context.recipe.decay}
            super().fit(train, validation, context)

    text = 'training = { decay = "linear" }'
    assert "says so with heeds_recipe = True" in failure(tmp_path, Means, text)
    assert "says so with heeds_recipe = True" in failure(tmp_path, Wrapping, text)
    assert ran(planned(tmp_path, Heeding, text), Heeding).status == "finished"
    assert Heeding.told == {"decay": "linear"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'training = { keep = "best" }',
            "it selects on validation, and protocol 'by-folder' makes no such part; add hold_out",
        ),
        ("grid = { neighbours = [1, 2] }", "it selects on validation"),
        ('training = { keep = "first" }', "keep"),
        (
            'training = { augment = ["flib"] }',
            "augmentation 'flib': there is no such augmentation; did you mean 'flip'",
        ),
        ("grid = { neighbors = [1] }", "no parameter 'neighbors'"),
        ("grid = { neighbours = ['a'] }", 'neighbours is "a", expected an integer'),
        ("grid = { neighbours = [] }", "grid: neighbours has no value"),
        ("grid = { epochs = [0] }", "epochs"),
        (f"grid = {{ neighbours = {list(range(1, 66))} }}", "65 combinations, and 64 at most"),
        ('training = { by = "acuracy" }', "no metric 'acuracy'"),
        ('grid = { by = ["accuracy", "f1_macro"] }', "grid: by cannot be tried: set it under training"),
        ('grid = { augment = [["flip"], []] }', "grid: augment cannot be tried"),
    ],
)
def test_what_cannot_be_selected_is_refused_before_anything_runs(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(EmobenchError) as caught:
        planned(tmp_path, nearest, text, protocol="")
    assert said in str(caught.value)
