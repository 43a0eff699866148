"""What is wrong with a component that a plugin registers."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emobench.contracts import BUILD_ARGUMENTS, Dataset, Download, Fusion, ModelSpec, Representation, SplitProtocol
from emobench.errors import closest
from emobench.plugins.parameters import named_arguments
from emobench.plugins.registry import KINDS
from emobench.records import HOLD_OUT

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_CLASS_ATTRIBUTES: Mapping[type, tuple[str, ...]] = {
    Dataset: ("title", "modalities", "labels", "official", "license", "homepage", "citation", "obtain"),
    SplitProtocol: ("title",),
    Representation: ("title", "modality"),
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
    if isinstance(component, Dataset):
        return _dataset_problem(component)
    return _model_problem(component) if isinstance(component, ModelSpec) else ""


def _dataset_problem(dataset: Dataset) -> str:
    if not isinstance(dataset.downloads, tuple):
        return f"{dataset.name!r}: downloads is of type {type(dataset.downloads).__name__}, expected a tuple"
    odd = [download for download in dataset.downloads if not isinstance(download, Download)]
    return f"{dataset.name!r}: {odd[0]!r} in downloads is neither FileDownload nor KaggleDownload" if odd else ""


def _model_problem(spec: ModelSpec) -> str:
    if not callable(spec.build):
        return f"{spec.name!r}: build is not callable"
    if isinstance(spec.takes, str) or not spec.takes:
        return f"{spec.name!r}: takes must be a tuple of representation names"
    if not isinstance(spec.parameters, Mapping):
        return f"{spec.name!r}: parameters is of type {type(spec.parameters).__name__}, expected a mapping"
    try:
        json.dumps(dict(spec.parameters))
    except (TypeError, ValueError):
        return f"{spec.name!r}: parameters must be plain numbers, strings, booleans, lists and tables"
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
