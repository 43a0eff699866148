"""Models that are fitted already: what is asked of them, in which order, and what their rows say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from emobench_plugins.protocols import group_folds, test_only
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

import emobench
from emobench.contracts.model import ModelSpec
from emobench.errors import EmobenchError
from emobench.models.fitted import columns_of
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.departures import OutputsLeftOut, Synthetic
from emobench.records.predictions import read_predictions
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder
from emobench.running.cell import run_cell
from emobench.running.estimates import estimate
from emobench.splits.task import Tasks
from tests.conftest import FakeEntry
from tests.support.dots_runs import Listener, Means, entries, planned, registry_with, torch_net

pytestmark = pytest.mark.usefixtures("one_thread")

TURNED = ("thin", "round", "square")
"""The classes of dots in an order that is not theirs."""


class Ready(Means):
    """Knows the means of the classes; to be fitted would be a fault."""

    def __init__(self, means: NDArray[Any]) -> None:
        super().__init__()
        self.means = means

    def fit(self, *_: Any) -> None:
        """Raise."""
        raise AssertionError("it is fitted already")


def with_ready(build: Callable[..., Any], **changes: Any) -> Registry:
    """Return the plugins of the tests with a model ``ready`` that is fitted already."""
    protocols = [FakeEntry("folds", group_folds), FakeEntry("test-only", test_only)]
    registry = load(cast(Any, [*entries(means=Means, ready=build), *protocols]))
    said = {"fitted_on": ("Squares",), "outputs": TURNED, **changes}
    registry.models["ready"] = dataclasses.replace(registry.models["ready"], **said)
    return registry


def ran(folder: Path, registry: Registry, text: str = "") -> tuple[Record, pd.DataFrame]:
    """Run the cells of a suite that names the model ``ready``, and return the last one's record and predictions."""
    plan = planned(folder, registry, *([] if text else ["ready"]), extra=text)
    for job in plan.jobs:
        record = run_cell(job, Listener(), Tasks(registry))
        assert record.failure is None, record.failure
    return record, read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet")


def suite(protocol: str, name: str = "ready") -> str:
    return (
        f'[[experiments]]\nname = "{name}"\ndataset = "dots"\nlabels = "shapes"\nprotocol = {protocol}\nmodel = "ready"\n'
        'headline = "private"\nseed = 5\n'
    )


@pytest.fixture
def fitted(tmp_path: Path) -> tuple[NDArray[Any], pd.DataFrame]:
    """The means that a model learns on dots, in the order of their classes, and what it predicts."""
    (job,) = planned(tmp_path, registry := registry_with(means=Means), "means").jobs
    run_cell(job, Listener(), Tasks(registry))
    folder = cell_folder(job.run, job.cell.id)
    return np.load(folder / "model" / "means.npy"), read_predictions(folder / "predictions.parquet")


Fitted = tuple[NDArray[Any], pd.DataFrame]


def test_its_columns_are_those_of_the_tasks_classes(tmp_path: Path, fitted: Fitted) -> None:
    means, wanted = fitted
    _, found = ran(tmp_path, with_ready(lambda: Ready(means[[2, 0, 1]])), suite('"by-folder"'))
    pd.testing.assert_frame_equal(found, wanted)


def test_its_row_says_no_training(tmp_path: Path, fitted: Fitted) -> None:
    means, _ = fitted
    record, _ = ran(tmp_path, with_ready(lambda: Ready(means[[2, 0, 1]])), suite('"by-folder"'))
    identity = record.cell.identity
    assert (identity.schedule, identity.recipe, identity.grid) == (None, None, {})
    assert (identity.fitted_on, identity.outputs) == (("Squares",), TURNED)
    assert set(record.phases) == {"data", "represent", "predict", "score"}
    assert record.selection is None
    assert "train" not in record.counts
    assert record.cell.departures == (Synthetic(),)


def test_spellings_of_an_emotion_are_one_class() -> None:
    spec = ModelSpec("faces", Means, ("pixels",), fitted_on=("FER2013",), outputs=("Happiness", "anger", "sad"))
    assert columns_of(spec, ("angry", "happy"), "class") == (1, 0)


def test_classes_that_nobody_asks_for_are_dropped_and_the_others_rescaled(tmp_path: Path, fitted: Fitted) -> None:
    means, wanted = fitted
    more = np.concatenate([means[[2, 0]], means.mean(axis=0, keepdims=True), means[[1]]])
    registry = with_ready(lambda: Ready(more), outputs=("thin", "round", "blot", "square"))
    record, found = ran(tmp_path, registry, suite('"by-folder"'))
    columns = ["p_round", "p_square", "p_thin"]
    np.testing.assert_allclose(found[columns], wanted[columns], atol=1e-6)
    assert OutputsLeftOut(outputs=("blot",)) in record.cell.departures


def test_a_sample_of_other_classes_alone_gets_the_same_for_each(tmp_path: Path) -> None:
    class Sure(Ready):
        def predict_proba(self, samples: Any) -> NDArray[Any]:
            return np.asarray(np.eye(4)[np.full(len(samples), 2)])

    registry = with_ready(lambda: Sure(np.zeros((4, 16))), outputs=("thin", "round", "blot", "square"))
    _, found = ran(tmp_path, registry, suite('"by-folder"'))
    np.testing.assert_allclose(found[["p_round", "p_square", "p_thin"]], 1 / 3, atol=1e-6)


def test_a_class_that_it_does_not_know_is_refused(tmp_path: Path) -> None:
    registry = with_ready(lambda: Ready(np.zeros((2, 16))), outputs=("round", "square"))
    with pytest.raises(EmobenchError, match="it is fitted already, and does not know 'thin'"):
        planned(tmp_path, registry, extra=suite('"by-folder"'))


@pytest.mark.parametrize("key", ["training = { epochs = 3 }", "grid = { learning_rate = [0.1, 0.2] }"])
def test_a_training_is_refused(tmp_path: Path, key: str) -> None:
    registry = with_ready(lambda: Ready(np.zeros((3, 16))))
    with pytest.raises(EmobenchError, match="model 'ready' is fitted already, and is not trained here"):
        planned(tmp_path, registry, extra=suite('"by-folder"') + key)


def test_a_torch_module_returns_logits_as_any_other(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(0)
    module = torch_net(classes=3)
    record, found = ran(tmp_path, with_ready(lambda: module), suite('"by-folder"'))
    assert record.parameters == sum(weights.numel() for weights in module.parameters())
    assert record.multiply_adds == 16 * 8 + 8 * 3
    np.testing.assert_allclose(found[["p_round", "p_square", "p_thin"]].sum(axis=1), 1, atol=1e-5)


def test_an_estimator_may_have_classes_of_any_name(tmp_path: Path, fitted: Fitted) -> None:
    means, _ = fitted
    estimator = LogisticRegression(C=100.0).fit(means, ["a round", "b square", "c thin"])
    record, _ = ran(tmp_path, with_ready(lambda: estimator, outputs=("round", "square", "thin")), suite('"by-folder"'))
    assert record.scores["test"].metrics["accuracy"] > 0.9


def test_a_protocol_without_a_training_part_will_do(tmp_path: Path, fitted: Fitted) -> None:
    registry = with_ready(lambda: Ready(fitted[0][[2, 0, 1]]))
    record, found = ran(tmp_path, registry, suite('"test-only"').replace('headline = "private"\n', ""))
    assert len(found) == 72
    assert record.scores["test"].n == 72


def test_folds_are_put_together(tmp_path: Path, fitted: Fitted) -> None:
    registry = with_ready(lambda: Ready(fitted[0][[2, 0, 1]]))
    rule = '{ name = "group-folds", folds = 3, by = "group", seed = 0 }'
    record, found = ran(tmp_path, registry, suite(rule).replace('headline = "private"\n', ""))
    assert len(found) == 72
    assert record.cell.identity.fitted_on == ("Squares",)
    assert record.cell.exposure
    assert record.cell.exposure.tested == 72


def test_several_seeds_are_one_row(tmp_path: Path, fitted: Fitted) -> None:
    registry = with_ready(lambda: Ready(fitted[0]))
    assert len(planned(tmp_path, registry, extra=suite('"by-folder"'), seeds=3).jobs) == 1


def test_what_applies_it_builds_it_again(tmp_path: Path, fitted: Fitted) -> None:
    means, wanted = fitted
    applied = (
        '[[experiments]]\nname = "again"\ndataset = "dots"\nlabels = "shapes"\nprotocol = "by-folder"\n'
        'model_of = "ready"\nheadline = "private"\n'
    )
    record, found = ran(tmp_path, with_ready(lambda: Ready(means[[2, 0, 1]])), suite('"by-folder"') + applied)
    assert record.cell.identity.trained
    pd.testing.assert_frame_equal(found, wanted)


def test_time_is_estimated_without_a_fit(tmp_path: Path) -> None:
    plan = planned(tmp_path, with_ready(lambda: Ready(np.ones((3, 16)))), extra=suite('"by-folder"'))
    (cost,) = estimate(plan, "cpu").cells.values()
    assert cost.seconds is not None
    assert cost.working == 0


def test_columns_in_another_order_than_declared_are_found(tmp_path: Path, fitted: Fitted) -> None:
    means, _ = fitted
    record, found = ran(tmp_path, with_ready(lambda: Ready(means[[2, 1, 0]])), suite('"by-folder"'))
    order = record.class_order
    assert order is not None
    assert order.cycles == (("round", "square"),)
    assert order.accuracy < 0.5 < order.permuted
    assert order.part == "train"
    right = (found["label"] == found["prediction"]).mean()
    assert record.scores["test"].metrics["accuracy"] == pytest.approx(right)  # nothing is put right
    assert right < 0.5


def test_folds_that_are_put_together_say_so_too(tmp_path: Path, fitted: Fitted) -> None:
    means, _ = fitted
    folds = suite('{ name = "group-folds", folds = 3 }').replace('headline = "private"\n', "")
    record, _ = ran(tmp_path, with_ready(lambda: Ready(means[[2, 1, 0]])), folds)
    assert record.cell.identity.folds
    assert record.class_order is not None
    assert record.class_order.cycles == (("round", "square"),)


def _known() -> Any:
    return Ready(np.ones((3, 16)))


def test_evaluate_takes_a_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emobench.api.evaluation.installed_plugins", lambda: registry_with(means=Means))
    spec = ModelSpec("own", _known, ("pixels",), fitted_on=("Dots:train",), outputs=TURNED)
    result = emobench.evaluate(spec, dataset="dots", protocol="by-folder", headline="private")
    assert result.record.cell.identity.schedule is None
    assert "unseen: no test sample is in what was trained on" in repr(result)
