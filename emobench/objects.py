"""A model that is an object in memory, an estimator or a torch module, as a registered one: what it is, and how to build it.

A cell is known by what determines its result. Of an object that is its class, its parameters, a module's weights and plain
attributes, and the code behind all of them: the version of a package that is installed, the source of a module that is not.
What cannot be known is a class or a function that was written in a notebook or a script, a lambda, and an attribute that is
neither plain nor one of these. A cell of such an object is known by a random number instead, so that no other result is ever
taken for its own.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import inspect
import json
import re
import secrets
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emobench.codehash import code_hash
from emobench.contracts import ModelSpec
from emobench.errors import EmobenchError

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_LONGEST = 500
"""Of the text of an estimator, in characters."""

_PLAIN = (str, int, float, bool, type(None))


@dataclass
class _Gathered:
    """What is known of an object, while it is looked at.

    Attributes:
        modules: dotted names of the modules that its code is in.
        unknown: what of it cannot be known.
    """

    modules: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Described:
    """An object as a model.

    Attributes:
        spec: builds a fresh copy of it each time.
        unknown: what determines its result and is not captured, empty where all is.
    """

    spec: ModelSpec
    unknown: tuple[str, ...]


def is_estimator(model: Any) -> bool:
    """Tell a scikit-learn classifier from a torch module.

    Raises:
        EmobenchError: it is neither, or no instance.
    """
    if isinstance(model, type):
        raise EmobenchError(f"{model.__name__} is a class", remedy=f"pass an instance: {model.__name__}(...)")
    estimator = hasattr(model, "get_params") and hasattr(model, "fit")
    if estimator and not hasattr(model, "predict_proba"):
        raise EmobenchError(
            f"{type(model).__name__} has no predict_proba",
            remedy="set probability=True where it has that, or wrap it in sklearn.calibration.CalibratedClassifierCV",
        )
    if not estimator and not (hasattr(model, "state_dict") and hasattr(model, "forward")):
        raise EmobenchError(
            f"{type(model).__name__} is no model",
            remedy="pass a scikit-learn classifier, a torch module, a ModelSpec or the name of a registered model",
        )
    return estimator


def describe_object(model: Any, takes: tuple[str, ...]) -> Described:
    """Describe a scikit-learn classifier or a torch module.

    Args:
        model: not a class but an instance; it stays as it is, for copies of it are fitted.
        takes: names of representations, one a stream.

    Raises:
        EmobenchError: it is neither.
    """
    estimator = is_estimator(model)
    gathered = _Gathered()
    content = _estimator(model, gathered) if estimator else _module(model, gathered)
    code, packages = _code(gathered)
    text = json.dumps({"content": content, "code": code}, sort_keys=True, separators=(",", ":"))
    known = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    unknown = tuple(dict.fromkeys(gathered.unknown))
    parameters = {"class": _qualified(type(model)), "object": f"random:{secrets.token_hex(16)}" if unknown else known}
    if estimator:  # for whoever reads the row
        parameters["text"] = _ADDRESS.sub("", " ".join(repr(model).split()))[:_LONGEST]

    def build(**_: Any) -> Any:
        return _clone(model) if estimator else deepcopy(model)

    spec = ModelSpec(name=_class_name(type(model)), build=build, takes=takes, parameters=parameters, packages=packages)
    return Described(spec, unknown)


def describe_spec(spec: ModelSpec) -> Described:
    """Describe a model that is made by a factory; one whose factory no module holds is known by a random number."""
    gathered = _Gathered()
    if hasattr(spec.build, "__qualname__"):
        _note_code(spec.build, gathered)
        _code(gathered)
    else:
        gathered.unknown.append(f"the factory, which is of type {type(spec.build).__name__}")
    if not gathered.unknown:
        return Described(spec, ())
    nonce = {"object": f"random:{secrets.token_hex(16)}"}

    def build(**arguments: Any) -> Any:
        return spec.build(**{name: value for name, value in arguments.items() if name not in nonce})

    # The harness hands a factory what its signature asks for.
    own = inspect.signature(spec.build)
    extra = inspect.Parameter("object", inspect.Parameter.KEYWORD_ONLY, default="")
    ordered = sorted([*own.parameters.values(), extra], key=lambda parameter: parameter.kind)
    build.__signature__ = own.replace(parameters=ordered)  # type: ignore[attr-defined]
    changed = replace(spec, build=build, parameters={**spec.parameters, **nonce})
    return Described(changed, tuple(gathered.unknown))


def _clone(estimator: Any) -> Any:
    from sklearn.base import clone

    try:
        return clone(estimator)
    except (TypeError, RuntimeError) as error:
        raise EmobenchError(
            f"{type(estimator).__name__} cannot be cloned: {' '.join(str(error).split())}",
            remedy="let its constructor keep its arguments as they are, as scikit-learn wants it",
        ) from error


def _class_name(kind: type) -> str:
    """Return ``MLPClassifier`` as ``mlp-classifier``."""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+", kind.__name__)
    return "-".join(parts).lower() or "model"


def _qualified(kind: Any) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


# ----------------------------------------------------------------------------------------------- what it consists of


def _estimator(model: Any, gathered: _Gathered) -> Any:
    """Return class and parameters of an estimator, those of its steps among them; what it learnt before does not count."""
    _note_code(type(model), gathered)
    return [
        _qualified(type(model)),
        {name: _value(value, gathered, name) for name, value in sorted(model.get_params(deep=False).items())},
    ]


def _module(model: Any, gathered: _Gathered) -> Any:
    """Return class, plain attributes and weights of a torch module and of all within it."""
    parts = []
    for name, part in model.named_modules():
        _note_code(type(part), gathered)
        # Those with an underscore are torch's own: parameters, buffers and hooks.
        own = {key: value for key, value in vars(part).items() if not key.startswith("_") and key != "training"}
        parts.append([name, _qualified(type(part)), _value(own, gathered, name or "the module")])
        if any(vars(part).get(hooks) for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")):
            gathered.unknown.append(f"a hook of {name or 'the module'}")
    return [parts, [[name, *_tensor(tensor)] for name, tensor in _tensors(model)]]


def _tensors(model: Any) -> Iterator[tuple[str, Any]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def _tensor(tensor: Any) -> list[Any]:
    import torch

    if torch.nn.parameter.is_lazy(tensor):
        raise EmobenchError(
            "the module has a lazy layer whose shape is not known yet", remedy="call the module once on a batch first"
        )
    values = tensor.detach().cpu().contiguous()
    content = values.view(torch.uint8) if values.dim() else values.reshape(1).view(torch.uint8)
    return [list(tensor.shape), str(tensor.dtype), tensor.requires_grad, hashlib.sha256(content.numpy()).hexdigest()]


def _value(value: Any, gathered: _Gathered, where: str) -> Any:
    """Return a parameter or an attribute as plain JSON, and note the code behind it and what cannot be known of it."""
    if isinstance(value, _PLAIN):
        return [type(value).__name__, repr(value)]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [_value(one, gathered, where) for one in value]]
    if isinstance(value, Mapping):
        return [
            "mapping",
            [[_value(k, gathered, where), _value(v, gathered, f"{where}.{k}")] for k, v in value.items()],
        ]
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "tobytes") and value.dtype != object:
        return ["array", list(value.shape), str(value.dtype), hashlib.sha256(value.tobytes()).hexdigest()]
    if hasattr(value, "get_params") and not isinstance(value, type):
        return _estimator(value, gathered)
    if hasattr(value, "__qualname__") and "<" not in value.__qualname__ and getattr(value, "__module__", None):
        _note_code(value, gathered)
        return ["code", _qualified(value)]
    if type(value).__module__ == "torch":  # dtypes, devices, sizes
        return ["torch", repr(value)]
    gathered.unknown.append(f"{where}, which is of type {type(value).__name__}")
    return ["unknown"]


# ------------------------------------------------------------------------------------------------ the code behind it


def _note_code(thing: Any, gathered: _Gathered) -> None:
    """Note the module of a class (and of what it inherits from) or of a function; local and interactive ones are unknown."""
    for one in thing.__mro__ if isinstance(thing, type) else (thing,):
        if "<" in one.__qualname__ or one.__module__ == "__main__":
            gathered.unknown.append(f"{one.__qualname__}, which no module holds that can be imported")
        else:
            gathered.modules.add(one.__module__)


def _code(gathered: _Gathered) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return a hash of each module that no package brings, and the packages that bring the others."""
    code: dict[str, str] = {}
    packages: set[str] = set()
    for module in sorted(gathered.modules):
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            continue
        if _is_installed(top) and (brought := _brought_by().get(top)):
            packages.update(brought)
        elif _origin(top) is not None:
            code[module] = code_hash(module)
        else:
            gathered.unknown.append(f"the module {module}, which has no source file")
    return code, tuple(sorted(packages))


@functools.cache
def _brought_by() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()  # looks at every installed file


def _origin(top: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    place = spec.origin or next(iter(spec.submodule_search_locations or ()), None)
    return Path(place).resolve() if place else None


def _is_installed(top: str) -> bool:
    """Tell whether a package lies where installers put it; of one that is installed in place, the version says nothing."""
    origin = _origin(top)
    places = {Path(place).resolve() for place in (*_site_packages(), sysconfig.get_path("stdlib"))}
    return origin is not None and any(place in origin.parents for place in places)


def _site_packages() -> Iterator[str]:
    yield from (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    yield from (place for place in sys.path if Path(place).name in ("site-packages", "dist-packages"))
