"""What is wrong with a component that a plugin registers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from sklearn.dummy import DummyClassifier

from emobench.contracts.encoder import CELL_FACT, ENCODER_SETTINGS, WEIGHTS_FACT, Encode, Encoder
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
        ({"fitted_on": ("FER2013",)}, "fitted_on needs outputs"),
        ({"outputs": ("sad", "happy")}, "outputs needs fitted_on"),
        ({"fitted_on": "FER2013", "outputs": ("sad",)}, "fitted_on must be a tuple of names"),
        ({"fitted_on": ("FER2013",), "outputs": ("sad", "sad")}, "outputs has 'sad' twice"),
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


class Ear(Encoder):
    """An encoder that is as it should be."""

    name = "ear"
    title = "Ear"
    modality = "audio"

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return nothing of use."""
        return lambda batch: batch


def encoder_problem(**attributes: Any) -> str:
    component = type("Faulty", (Ear,), attributes)()
    return problem(module(emobench_encoders=lambda: [component]))


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"modality": "sound"}, "'ear': modality 'sound' is none of image, audio, video, text"),
        ({"rate": 16_000.0}, "'ear': rate is 16000.0, expected a whole number of frames a second"),
        ({"rate": 0}, "'ear': rate is 0"),
        ({"rate": True}, "'ear': rate is True"),
        ({"parameters": None}, "'ear': parameters is of type NoneType, expected a mapping"),
        ({"parameters": {"path": Path()}}, "'ear': parameters must be plain numbers, strings"),
        (
            {"pretrained_on": "LibriSpeech"},
            "'ear': pretrained_on is 'LibriSpeech', expected a tuple of names of corpora",
        ),
        ({"pretrained_on": (3,)}, "'ear': pretrained_on is (3,)"),
    ],
)
def test_encoder_that_says_nonsense_is_refused(attributes: dict[str, Any], reason: str) -> None:
    assert reason in encoder_problem(**attributes)


@pytest.mark.parametrize("name", [*ENCODER_SETTINGS, WEIGHTS_FACT, CELL_FACT, "revision"])
def test_what_every_encoder_has_is_no_parameter_of_one(name: str) -> None:
    assert f"'ear': {name!r} is a parameter that every encoder has already" in encoder_problem(parameters={name: 1})


def test_encoder_that_is_as_it_should_be_is_registered() -> None:
    assert list(loaded(FakeEntry("fine", module(emobench_encoders=lambda: [Ear()]))).encoders) == ["ear"]
