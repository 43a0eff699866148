"""From Python: any kind of model is evaluated as the harness evaluates its own, and its cell is known by what it is."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from torch import nn

import emobench
from emobench.contracts.model import ModelSpec
from emobench.plugins.registry import Registry
from emobench.records.run_folder import read_records
from tests import ROOT
from tests.support.film_plugin import build_net, experiment
from tests.support.film_runs import planned, ran
from tests.support.film_runs import table as predicted

pytestmark = pytest.mark.usefixtures("one_thread", "tiny")

PAGE = ROOT / "docs" / "python.md"
TASK: dict[str, Any] = {"dataset": "clips", "protocol": "by-folder", "labels": "shapes", "headline": "private"}
NET = {"epochs": 2, "batch_size": 8, "learning_rate": 0.01}


def small_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))


@pytest.fixture
def tiny(registry: Registry, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The tiny plugins in the place of all that is installed."""
    if request.node.name != "test_examples_of_the_page_run":
        monkeypatch.setattr("emobench.api.evaluation.installed_plugins", lambda: registry)


def evaluated(model: Any, **changes: Any) -> emobench.Evaluation:
    return emobench.evaluate(model, **{**TASK, "takes": "pixels", **changes})


def refusal(model: Any, **changes: Any) -> str:
    with pytest.raises(emobench.errors.EmobenchError) as caught:
        evaluated(model, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ what is evaluated


def test_estimator_gets_the_scores_of_the_same_registered_model(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, experiment("own"), using=registry)
    own = ran(plan, registry)["own"]
    result = evaluated(LogisticRegression())
    assert result.scores == {part: scores.metrics for part, scores in own.scores.items()}
    wanted = predicted(plan, "own").sort_index()
    pd.testing.assert_frame_equal(result.predictions.set_index("sample_id").sort_index(), wanted)


def test_registered_model_is_the_cell_that_a_suite_would_have(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, experiment("own", training="{ epochs = 2 }", seed="3"), using=registry)
    result = emobench.evaluate("regression", **TASK, training={"epochs": 2}, seed=3)
    assert result.record.cell.id == plan.jobs[0].cell.id


def test_torch_module_is_trained_and_the_object_left_alone() -> None:
    net = small_net()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    result = evaluated(net, training={**NET, "epochs": 30})
    assert result.scores["private"]["accuracy"] > 0.8
    assert len(result.record.history) == 30
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_training_that_diverged_is_said_in_the_terminal_and_with_the_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = evaluated(nn.Linear(16, 3), training={**NET, "epochs": 2, "optimizer": "sgd", "learning_rate": 1e12})
    assert result.record.status == "finished"
    _, note = " ".join(repr(result).split()).split("training failed: training diverged: ")
    assert "Next: lower the learning rate" in note
    assert "warning: training diverged: the loss of the last epoch is " in capsys.readouterr().err


def test_estimator_is_left_alone_and_what_it_learnt_before_does_not_count() -> None:
    fresh, fitted = LogisticRegression(), LogisticRegression()
    fitted.fit(np.eye(3), [0, 1, 2])
    coefficients = fitted.coef_.copy()
    assert evaluated(fitted).record.cell.id == evaluated(fresh).record.cell.id
    np.testing.assert_array_equal(fitted.coef_, coefficients)
    assert not hasattr(fresh, "coef_")


def test_folds_are_one_result(registry: Registry) -> None:
    result = evaluated(LogisticRegression(), protocol="by-person", headline=None)
    assert len(result.predictions) == result.record.scores["test"].n == 72
    assert len(result.record.cell.identity.folds) == len(result.audits) == 3


def test_specs_are_evaluated_as_if_they_were_registered(registry: Registry) -> None:
    named = evaluated(ModelSpec("other-net", build_net, ("pixels",)), training=NET)
    assert "object" not in named.record.cell.identity.model.parameters  # type: ignore[union-attr]
    width = 4

    def build(*, classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> nn.Module:
        return nn.Sequential(nn.Linear(input_shapes[0][0], width), nn.Linear(width, classes))

    local = evaluated(ModelSpec("local", build, ("pixels",)), training=NET)
    assert local.record.parameters == 16 * 4 + 4 + 4 * 3 + 3
    mark = next(one for one in local.record.cell.uncaptured if not one.component)
    assert mark.kind == "no source"
    assert mark.where.endswith("<locals>.build")
    assert "code not fully captured: no source" in repr(local)
    assert evaluated(registry.models["net"], training=NET).record.cell.experiment == "net"


# ----------------------------------------------------------------------------------------------- how a cell is known


# ------------------------------------------------------------------------------------------------------ what is kept


def test_results_are_kept_where_they_are_to_be_and_nowhere_else(tmp_path: Path) -> None:
    assert evaluated(LogisticRegression()).folder is None
    kept = evaluated(LogisticRegression(), out=tmp_path, name="mine")
    assert kept.folder == tmp_path / "python" / "cells" / kept.record.cell.id
    assert (tmp_path / "python" / "leaderboard.md").is_file()
    again = evaluated(LogisticRegression(), out=tmp_path, name="mine")
    assert again.record.started == kept.record.started
    assert evaluated(LogisticRegression(C=2), out=tmp_path).record.cell.id != kept.record.cell.id
    assert len(read_records(tmp_path)) == 2


# ------------------------------------------------------------------------------------------------------- the display


@pytest.fixture(scope="module")
def result(registry: Registry) -> emobench.Evaluation:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emobench.api.evaluation.installed_plugins", lambda: registry)
        return evaluated(LogisticRegression(C=0.01))


def test_tables_agree_with_the_predictions(result: emobench.Evaluation) -> None:
    private = result.predictions[result.predictions["part"] == "private"]
    wanted = pd.crosstab(private["label"], private["prediction"])
    for true in wanted.index:
        for guess in wanted.columns:
            assert result.confusion.loc[true, guess] == wanted.loc[true, guess]
    assert result.confusion.to_numpy().sum() == len(private)
    assert result.per_class["support"].to_dict() == private["label"].value_counts().to_dict()
    low, high = result.summary.loc["accuracy", ["low", "high"]]
    interval = result.intervals["accuracy"]
    assert not interval.known or (low, high) == (interval.low, interval.high)


def test_display_says_what_a_reader_must_know(result: emobench.Evaluation) -> None:
    for shown in (repr(result), result._repr_html_()):
        assert "SYNTHETIC" in shown
        assert "LEAKY" in shown
        assert "synthetic twin" in shown
        assert "audit groups-in-two-parts" in shown
    assert result._repr_html_().count("<table") == 3
    assert max(map(len, repr(result).splitlines())) <= 80


def test_figure_shows_every_class(result: emobench.Evaluation) -> None:
    pytest.importorskip("matplotlib")
    confusion, bars = result.plot().axes
    counts = [int(text.get_text().splitlines()[0]) for text in confusion.texts]
    assert counts == result.confusion.to_numpy().ravel().tolist()
    assert [patch.get_width() for patch in bars.patches] == pytest.approx(
        [value for name in ("precision", "recall", "f1") for value in result.per_class[name][::-1]]
    )


def test_without_matplotlib_a_figure_says_how_to_get_it(
    result: emobench.Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(emobench.errors.EmobenchError, match=r"pip install 'emobench\[plot\]'"):
        result.plot()


# --------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("model", "changes", "what"),
    [
        ("regresion", {}, "no model 'regresion'; did you mean 'regression'?"),
        (LogisticRegression, {}, "LogisticRegression is a class; pass an instance: LogisticRegression(...)"),
        (
            RidgeClassifier(),
            {},
            "RidgeClassifier has no predict_proba; set probability=True where it has that, or wrap",
        ),
        (3, {}, "int is no model; pass a scikit-learn estimator"),
        (LogisticRegression(), {"dataset": "clip"}, "no dataset 'clip'; did you mean 'clips'?"),
        (LogisticRegression(), {"protocol": "by-folders"}, "no protocol 'by-folders'; did you mean 'by-folder'?"),
        (LogisticRegression(), {"labels": None}, "2 label maps fit 'clips'; name one as labels (--labels)"),
        (LogisticRegression(), {"takes": None}, "2 representations of image fit 'clips'"),
        (LogisticRegression(), {"takes": "pixel"}, "did you mean 'pixels'?"),
        (LogisticRegression(), {"headline": None}, "several test parts (public, private); say with headline"),
        (
            LogisticRegression(),
            {"training": {"epoch": 1}},
            "training.epoch: unknown key 'epoch'; did you mean 'epochs'?",
        ),
        (LogisticRegression(), {"training": {"epochs": 0}}, "training.epochs: input should be greater"),
        (LogisticRegression(), {"name": "My Model"}, "name: string should match pattern"),
        (LogisticRegression(), {"name": "net", "data": "/nowhere"}, "no such folder"),
        (nn.Linear(7, 3), {}, "model 'linear': RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
    ],
)
def test_mistakes_are_one_line(model: Any, changes: dict[str, Any], what: str) -> None:
    assert what in refusal(model, **changes)


def test_the_name_of_a_registered_model_is_taken() -> None:
    assert "a registered model is called 'net'" in refusal(ModelSpec("net", build_net, ("pixels",)))
    assert "build() needs 'num_classes'" in refusal(ModelSpec("own", lambda num_classes: num_classes, ("pixels",)))


# ------------------------------------------------------------------------------------------------ imports and the page


def test_importing_emobench_stays_light_and_knows_its_api() -> None:
    code = (
        "import sys, emobench; heavy = {'torch', 'pandas', 'numpy', 'sklearn', 'pydantic', 'emobench.api.suite'};"
        "print(heavy & set(sys.modules), 'evaluate' in dir(emobench), emobench.evaluate.__name__);"
        "print({'torch', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["set() True evaluate", "set()"]
    with pytest.raises(AttributeError, match="no attribute 'evaluat'"):
        emobench.evaluat  # noqa: B018


def test_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert names["again"].folder.is_dir()
    assert names["again"].scores == names["result"].scores
    assert names["chosen"].record.selection.tried == 2
    assert [record.status for record in names["run"].records] == ["finished"]
    assert (tmp_path / "result.svg").stat().st_size > 10_000


def test_every_argument_is_on_the_page() -> None:
    import inspect

    section = PAGE.read_text(encoding="utf-8").partition("| argument |")[2].partition("\n\n")[0]
    shown = {name for line in section.splitlines() for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert shown >= set(inspect.signature(emobench.evaluate).parameters)
