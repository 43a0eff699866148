"""Models in memory: equal objects are one cell, others are others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from torch import nn

import emobench
from emobench.models import from_object
from emobench.plugins.registry import Registry

pytestmark = pytest.mark.usefixtures("one_thread", "tiny")


TASK: dict[str, Any] = {"dataset": "clips", "protocol": "by-folder", "labels": "shapes", "headline": "private"}


def small_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))


@pytest.fixture
def tiny(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny plugins in the place of all that is installed."""
    monkeypatch.setattr("emobench.api.evaluation.installed_plugins", lambda: registry)


def evaluated(model: Any, **changes: Any) -> emobench.Evaluation:
    return emobench.evaluate(model, **{**TASK, "takes": "pixels", **changes})


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
