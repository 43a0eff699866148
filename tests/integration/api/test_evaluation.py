"""From Python: any kind of model is evaluated as the harness evaluates its own, and its cell is known by what it is."""

from __future__ import annotations

import builtins
import os
import re
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from torch import nn

import emobench
from emobench.contracts.model import ModelSpec
from emobench.models import from_object
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.run_folder import read_records
from tests import ROOT
from tests.conftest import FakeEntry
from tests.support import film_plugin, people
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


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(cast(Any, [*film_plugin.entries(), FakeEntry("folds", people.plugin())]))


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


def parameters(model: Any) -> dict[str, Any]:
    return dict(from_object.describe_object(model, ("pixels",)).spec.parameters)


def test_equal_objects_are_one_cell_and_others_are_others() -> None:
    same = [parameters(make_pipeline(StandardScaler(), LogisticRegression(C=0.5))) for _ in range(2)]
    assert same[0] == same[1]
    others = [
        make_pipeline(StandardScaler(), LogisticRegression(C=0.25)),
        make_pipeline(StandardScaler(with_mean=False), LogisticRegression(C=0.5)),
        make_pipeline(LogisticRegression(C=0.5)),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
    ]
    seen = {parameters(model)["object"] for model in others} | {same[0]["object"]}
    assert len(seen) == 5
    assert all(one.startswith("sha256:") for one in seen)


def test_modules_are_known_by_weights_structure_and_attributes() -> None:
    assert parameters(small_net()) == parameters(small_net())
    other = small_net()
    with torch.no_grad():
        next(other.parameters())[0, 0] += 1
    frozen = small_net()
    next(frozen.parameters()).requires_grad_(False)
    dropping = [nn.Sequential(nn.Linear(2, 2), nn.Dropout(rate)) for rate in (0.1, 0.2)]
    for one in dropping:
        one[0].load_state_dict(dropping[0][0].state_dict())
    known = [parameters(one)["object"] for one in (small_net(), other, frozen, *dropping)]
    assert len(set(known)) == 5


class Handle:
    """Something that can be shared and not be written down."""

    def __deepcopy__(self, memo: Any) -> Handle:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a handle means nothing elsewhere")


EQUAL = """
import numpy, torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from emobench.models import from_object as objects
torch.manual_seed(0)
shared = torch.nn.Linear(4, 4)
net = torch.nn.Sequential(shared, torch.nn.ReLU(), shared, torch.nn.Linear(4, 3).to(torch.bfloat16))
net.names, net.scale, net.activation = frozenset("abcdefg"), torch.ones(2, 2).T, torch.nn.functional.relu
random = LogisticRegression(C=numpy.float64(0.5), random_state=numpy.random.RandomState(3))
pipe = make_pipeline(FunctionTransformer(numpy.log1p, kw_args={"where": True}), StandardScaler(), random)
for model in (net, pipe):
    described = objects.describe_object(model, ("pixels",))
    print(described.spec.parameters["object"], described.uncaptured)
"""


def test_equal_objects_are_one_cell_in_every_process() -> None:
    def known(seed: str) -> list[str]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", EQUAL], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    first = known("1")
    assert first == known("2")
    assert all(line.startswith("sha256:") and line.endswith(" ()") for line in first)


def test_shared_weights_and_the_order_of_layers_count() -> None:
    layer = nn.Linear(3, 3)
    twice = nn.Sequential(layer, layer)
    equal = nn.Sequential(layer, nn.Linear(3, 3))
    equal[1].load_state_dict(layer.state_dict())
    ordered = [OrderedDict(a=layer, b=nn.ReLU()), OrderedDict(b=nn.ReLU(), a=layer)]
    known = [parameters(one)["object"] for one in (twice, equal, *map(nn.Sequential, ordered))]
    assert len(set(known)) == 4
    assert parameters(twice.eval())["object"] == known[0]  # the mode is set by whoever trains


def test_what_no_module_holds_is_never_taken_for_something_else() -> None:
    class Local(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :3]

    hooked = small_net()
    hooked.register_forward_hook(lambda *arguments: None)
    for model in (Local(), hooked, make_pipeline(FunctionTransformer(lambda x: x), LogisticRegression())):
        described = from_object.describe_object(model, ("pixels",))
        assert described.uncaptured
        assert parameters(model)["object"] != parameters(model)["object"]
        assert parameters(model)["object"].startswith("random:")
    odd = make_pipeline(FunctionTransformer(kw_args={"x": Handle()}), LogisticRegression())
    assert [mark.kind for mark in from_object.describe_object(odd, ("pixels",)).uncaptured] == ["state"]


def test_code_of_modules_that_are_not_installed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from sklearn.linear_model import LogisticRegression\nclass Own(LogisticRegression):\n    factor = 1\n"
    known = []
    for name, text in (("toy_own_a", source), ("toy_own_b", source.replace("1", "2"))):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("toy_own_a", "toy_own_b"):
        module = __import__(name)
        described = from_object.describe_object(module.Own(), ("pixels",))
        assert described.uncaptured == ()
        assert "scikit-learn" in described.spec.packages
        known.append(described.spec.parameters["object"])
    assert known[0] != known[1]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("LogisticRegression", "logistic-regression"), ("MLPClassifier", "mlp-classifier"), ("Net2D", "net-2-d")],
)
def test_names_of_classes_become_names_of_models(name: str, wanted: str) -> None:
    assert from_object._class_name(type(name, (), {})) == wanted


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


def test_load_results_gives_tables_and_predictions(tmp_path: Path) -> None:
    kept = evaluated(LogisticRegression(), out=tmp_path, name="mine")
    folds = evaluated(LogisticRegression(), protocol="by-person", headline=None, out=tmp_path, name="folds")
    results = emobench.load_results(tmp_path)
    assert len(results) == len(results.records) == 5
    row = results.table.loc[kept.record.cell.id]
    assert (row["experiment"], row["provenance"], row["n"]) == ("mine", "synthetic", 18)
    assert row["accuracy"] == kept.scores["private"]["accuracy"]
    pd.testing.assert_frame_equal(results.predictions("mine"), kept.predictions)
    pd.testing.assert_frame_equal(results.predictions(folds.record.cell.id[:10]), folds.predictions)
    long = results.scores.set_index(["cell", "part", "metric"])["value"]
    assert long[kept.record.cell.id, "public", "ece"] == kept.scores["public"]["ece"]
    assert "<table" in results._repr_html_()
    for wanted, what in (("nobody", "no cell 'nobody'"), ("", "no cell ''")):
        with pytest.raises(emobench.errors.EmobenchError, match=what):
            results.predictions(wanted)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(emobench.errors.EmobenchError, match="no record was found"):
        emobench.load_results(tmp_path / "nothing")


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
        (3, {}, "int is no model; pass a scikit-learn classifier"),
        (LogisticRegression(), {"dataset": "clip"}, "no dataset 'clip'; did you mean 'clips'?"),
        (LogisticRegression(), {"protocol": "by-folders"}, "no protocol 'by-folders'; did you mean 'by-folder'?"),
        (LogisticRegression(), {"labels": None}, "2 label maps fit 'clips'; name one as labels (--labels)"),
        (LogisticRegression(), {"takes": None}, "2 representations of image fit 'clips'"),
        (LogisticRegression(), {"takes": "pixel"}, "did you mean 'pixels'?"),
        (LogisticRegression(), {"headline": None}, "several test parts (public, private); say with headline"),
        (LogisticRegression(), {"training": {"epoch": 1}}, "no key 'epoch'; did you mean 'epochs'?"),
        (LogisticRegression(), {"training": {"epochs": 0}}, "training.epochs: Input should be greater"),
        (LogisticRegression(), {"name": "My Model"}, "name: String should match pattern"),
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
    assert len(blocks) == 5
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert names["again"].folder.is_dir()
    assert names["again"].scores == names["result"].scores
    assert [record.status for record in names["run"].records] == ["finished"]
    assert (tmp_path / "result.svg").stat().st_size > 10_000


def test_every_argument_is_on_the_page() -> None:
    import inspect

    section = PAGE.read_text(encoding="utf-8").partition("| argument |")[2].partition("\n\n")[0]
    shown = {name for line in section.splitlines() for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert shown >= set(inspect.signature(emobench.evaluate).parameters)


def test_results_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(emobench.errors.EmobenchError, match="nope: no such folder"):
        emobench.load_results(tmp_path / "nope")
