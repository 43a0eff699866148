"""What is wrong with a component that a plugin registers."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from emobench.contracts import (
    BUILD_ARGUMENTS,
    ENCODER_FACTS,
    ENCODER_OPTIONS,
    ENCODER_SETTINGS,
    Dataset,
    Download,
    Encoder,
    Fusion,
    Modality,
    ModelSpec,
    Relation,
    Representation,
    SplitProtocol,
)
from emobench.errors import closest
from emobench.plugins.parameters import named_arguments
from emobench.plugins.registry import KINDS
from emobench.records import HOLD_OUT

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_CLASS_ATTRIBUTES: Mapping[type, tuple[str, ...]] = {
    Dataset: ("title", "modalities", "labels", "official", "license", "homepage", "citation", "obtain"),
    SplitProtocol: ("title",),
    Representation: ("title", "modality"),
    Encoder: ("title", "modality"),
    Fusion: ("title",),
}


def component_name(component: Any) -> str:
    """Return a component's name; a suite is named after its file."""
    return component.stem.replace("_", "-") if isinstance(component, Path) else component.name


def component_problem(kind: str, component: Any) -> str:
    """Return what is wrong with a component, in one sentence, or an empty string."""
    kind_type = KINDS[kind]
    if isinstance(component, type):
        return f"got the class {component.__name__}, expected an instance: return [{component.__name__}()]"
    if not isinstance(component, kind_type):
        return f"got {type(component).__name__}, expected {kind_type.__name__}"
    if isinstance(component, Path):
        return "" if component.is_file() else f"no file {component}"
    name = getattr(component, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"name {name!r} must consist of lower-case letters, digits and hyphens"
    for attribute in _CLASS_ATTRIBUTES.get(kind_type, ()):
        if not hasattr(component, attribute):
            return f"{name!r} has no attribute {attribute!r}"
    if isinstance(component, SplitProtocol) and HOLD_OUT in component.parameters:
        return f"{name!r}: {HOLD_OUT!r} is a parameter that every protocol has already"
    if isinstance(component, Relation) and (isinstance(component.samples_of, str) or not component.samples_of):
        return f"{name!r}: samples_of must be a tuple of names of corpora"
    if isinstance(component, Dataset):
        return _dataset_problem(component)
    if isinstance(component, Encoder):
        return _encoder_problem(component)
    return _model_problem(component) if isinstance(component, ModelSpec) else ""


def _dataset_problem(dataset: Dataset) -> str:
    if not isinstance(dataset.downloads, tuple):
        return f"{dataset.name!r}: downloads is of type {type(dataset.downloads).__name__}, expected a tuple"
    odd = [download for download in dataset.downloads if not isinstance(download, Download)]
    return f"{dataset.name!r}: {odd[0]!r} in downloads is neither FileDownload nor KaggleDownload" if odd else ""


def _fitted_problem(spec: ModelSpec) -> str:
    """Return what is wrong with what a model says of how it was fitted."""
    for field in ("fitted_on", "outputs"):
        named = getattr(spec, field)
        if not isinstance(named, tuple) or not all(isinstance(name, str) and name.strip() for name in named):
            return f"{field} must be a tuple of names"
    if spec.fitted_on and not spec.outputs:
        return "fitted_on needs outputs: the classes of a model that is fitted already, in the order of its columns"
    if spec.outputs and not spec.fitted_on:
        return 'outputs needs fitted_on: what the model was fitted on, ("unknown",) where nobody says'
    twice = [name for name in spec.outputs if spec.outputs.count(name) > 1]
    return f"outputs has {twice[0]!r} twice" if twice else ""


def _encoder_problem(encoder: Encoder) -> str:
    name, rate, said = encoder.name, encoder.rate, encoder.pretrained_on
    if encoder.modality not in get_args(Modality):
        return f"{name!r}: modality {encoder.modality!r} is none of {', '.join(get_args(Modality))}"
    if type(rate) is not int or rate < 1:
        return f"{name!r}: rate is {rate!r}, expected a whole number of frames a second"
    if wrong := _parameters_problem(name, encoder.parameters):
        return wrong
    every = (*ENCODER_SETTINGS, *ENCODER_OPTIONS, *ENCODER_FACTS)
    if taken := [parameter for parameter in every if parameter in encoder.parameters]:
        return f"{name!r}: {taken[0]!r} is a parameter that every encoder has already"
    if not (isinstance(said, tuple) and all(isinstance(corpus, str) for corpus in said)):
        return f"{name!r}: pretrained_on is {said!r}, expected a tuple of names of corpora"
    return ""


def _parameters_problem(name: str, parameters: Any) -> str:
    if not isinstance(parameters, Mapping):
        return f"{name!r}: parameters is of type {type(parameters).__name__}, expected a mapping"
    try:
        json.dumps(dict(parameters))
    except (TypeError, ValueError):
        return f"{name!r}: parameters must be plain numbers, strings, booleans, lists and tables"
    return ""


def _model_problem(spec: ModelSpec) -> str:
    if not callable(spec.build):
        return f"{spec.name!r}: build is not callable"
    if isinstance(spec.takes, str) or not spec.takes:
        return f"{spec.name!r}: takes must be a tuple of representation names"
    if wrong := _parameters_problem(spec.name, spec.parameters):
        return wrong
    if problem := _fitted_problem(spec):
        return f"{spec.name!r}: {problem}"
    takes_any = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(spec.build).parameters.values())
    unknown = [name for name in spec.parameters if name not in named_arguments(spec.build)]
    if unknown and not takes_any:
        return f"{spec.name!r}: build() has no parameter {unknown[0]!r}"
    missing = named_arguments(spec.build, required=True) - {*spec.parameters, *spec.files, *BUILD_ARGUMENTS}
    if not missing:
        return ""
    name = min(missing)
    close = closest(name, BUILD_ARGUMENTS)
    hint = f"did you mean {close!r}? It" if close else "it"
    return (
        f"model {spec.name!r}: build() needs {name!r}, which the harness does not offer; {hint} offers "
        f"{', '.join(BUILD_ARGUMENTS)}; a parameter of the model's own needs a default in parameters"
    )
