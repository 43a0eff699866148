"""What is wrong with a component that a plugin registers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from sklearn.dummy import DummyClassifier

from emobench.contracts.fusion import Fusion
from emobench.contracts.metric import Metric
from emobench.contracts.model import BUILD_ARGUMENTS, ModelSpec, Schedule
from emobench.errors import EmobenchError
from emobench.models import build as models
from tests.conftest import FakeEntry, module
from tests.support.faulty_plugins import First, loaded, problem, shades


@pytest.mark.parametrize(
    ("hook", "returned", "reason"),
    [
        ("emobench_fusions", [First], "got the class First, expected an instance: return [First()]"),
        ("emobench_fusions", ["average"], "got str, expected Fusion"),
        ("emobench_models", [shades()], "got LabelMap, expected ModelSpec"),
        ("emobench_suites", ["suite.toml"], "got str, expected Path"),
        ("emobench_suites", [Path("/nowhere/suite.toml")], "no file /nowhere/suite.toml"),
        ("emobench_models", None, "TypeError"),
        ("emobench_models", 3, "TypeError"),
    ],
)
def test_nonsense_from_a_hook_is_refused(hook: str, returned: Any, reason: str) -> None:
    text = problem(module("fake_plugin", **{hook: lambda: returned}))
    assert text.startswith(hook)
    assert reason in text


@pytest.mark.parametrize("name", ["", "Upper", "a name", "-first", "naïve", None, 3])
def test_bad_name_is_refused(name: Any) -> None:
    metric = Metric(name, "Zero", lambda *_: 0.0)
    assert "must consist of lower-case letters" in problem(module(emobench_metrics=lambda: [metric]))


def test_missing_class_attribute_is_named() -> None:
    class Untitled(First):
        name: ClassVar[str] = "untitled"

    class Bare(Fusion):
        name: ClassVar[str] = "bare"

        def combine(self, probabilities: Any) -> Any:
            """Return the first."""
            return probabilities[0]

    assert "'bare' has no attribute 'title'" in problem(module(emobench_fusions=lambda: [Bare()]))
    assert not loaded(FakeEntry("fine", module(emobench_fusions=lambda: [Untitled()]))).plugins[0].problems


class Explosive(First):
    """Raises where one only looks."""

    name: ClassVar[str] = "explosive"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Raise."""
        raise RuntimeError("do not look")


def test_component_that_raises_when_it_is_looked_at_is_contained() -> None:
    assert "do not look" in problem(module(emobench_fusions=lambda: [Explosive()]))


def spec(**changes: Any) -> ModelSpec:
    defaults: dict[str, Any] = {
        "name": "net",
        "build": lambda *, width: width,
        "takes": ("pixels",),
        "parameters": {"width": 3},
    }
    return ModelSpec(**(defaults | changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"build": "resnet18"}, "build is not callable"),
        ({"takes": "pixels"}, "takes must be a tuple of representation names"),
        ({"takes": ()}, "takes must be a tuple of representation names"),
        ({"parameters": {"widht": 3}}, "build() has no parameter 'widht'"),
        ({"build": min}, "no signature found"),
        ({"parameters": None}, "NoneType"),
        (
            {"build": lambda num_classes: num_classes, "parameters": {}},
            "model 'net': build() needs 'num_classes', which the harness does not offer; did you mean 'classes'? It offers "
            "classes, kind, input_shapes, seed, epochs, batch_size, learning_rate, weight_decay, optimizer; a parameter",
        ),
        ({"parameters": {}}, "build() needs 'width', which the harness does not offer; it offers classes, "),
    ],
)
def test_model_that_cannot_be_built_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert reason in problem(module(emobench_models=lambda: [spec(**changes)]))


def test_argument_that_harness_parameters_or_files_give_is_no_problem() -> None:
    def build(seed: int, width: int, weights: str, depth: int = 2) -> None:
        """Take one of each kind."""

    fine = spec(build=build, files=("weights",))
    assert list(loaded(FakeEntry("fine", module(emobench_models=lambda: [fine]))).models) == ["net"]


def test_offered_arguments_are_those_that_a_factory_gets() -> None:
    given = {}

    def build(classes, kind, input_shapes, seed, epochs, batch_size, learning_rate, weight_decay, optimizer) -> Any:  # type: ignore[no-untyped-def]
        given.update(locals())
        return DummyClassifier()

    models.build_model(spec(build=build), {}, classes=2, input_shapes=((3,),), seed=0, schedule=Schedule())
    assert given.keys() - {"given"} == set(BUILD_ARGUMENTS)
    with pytest.raises(EmobenchError, match="is not a parameter of a model"):
        models.check_parameters(spec(), {BUILD_ARGUMENTS[0]: 1})
