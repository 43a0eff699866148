"""A model that is an object in memory, an estimator or a torch module, as a registered one: what it is, how to build it.

A cell is known by what determines its result. Of an object that is its class, its parameters, a module's weights and
attributes, and the code behind all of them. What cannot be known is a class or a function that was written at a prompt, in a
notebook or within a function, a lambda, and an attribute that cannot be pickled. A cell of such an object is known by a
random number instead, so that no other result is ever taken for its own.
"""

from __future__ import annotations

import inspect
import pickle
import re
import secrets
from copy import deepcopy
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any, NamedTuple

from emobench.contracts import ModelSpec
from emobench.errors import EmobenchError
from emobench.plugins import code_of, modules_of
from emobench.records import Uncaptured

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_LONGEST = 500  # characters of the text of an estimator


class Described(NamedTuple):
    """An object as a model: ``spec`` builds a fresh copy each time, ``uncaptured`` says what is not known."""

    spec: ModelSpec
    uncaptured: tuple[Uncaptured, ...]


def is_estimator(model: Any) -> bool:
    """Tell a scikit-learn estimator from a torch module.

    Raises:
        EmobenchError: it is neither, or no instance.
    """
    if isinstance(model, type):
        raise EmobenchError(f"{model.__name__} is a class", remedy=f"pass an instance: {model.__name__}(...)")
    estimator = hasattr(model, "get_params") and hasattr(model, "fit")
    if not estimator and not (hasattr(model, "state_dict") and hasattr(model, "forward")):
        raise EmobenchError(
            f"{type(model).__name__} is no model",
            remedy="pass a scikit-learn estimator, a torch module, a ModelSpec or the name of a registered model",
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

    def build(**_: Any) -> Any:
        return _clone(model) if estimator else deepcopy(model)

    # What an estimator learnt before does not count, nor whether a module is in training mode.
    content = _content(build() if estimator else build().train())
    parameters = {"class": f"{type(model).__module__}.{type(model).__qualname__}", "object": content.known}
    if estimator:  # for whoever reads the row
        parameters["text"] = _ADDRESS.sub("", " ".join(repr(model).split()))[:_LONGEST]
    last = model.steps[-1][1] if estimator and getattr(model, "steps", None) else model
    spec = ModelSpec(_class_name(type(last)), build, takes, parameters, packages=content.packages)
    return Described(spec, content.uncaptured)


def describe_spec(spec: ModelSpec) -> Described:
    """Describe a model that is made by a factory; one whose factory no module holds is known by a random number."""
    content = _content(spec.build)
    if isinstance(spec.build, FunctionType | type) and not content.uncaptured:
        return Described(spec, ())  # known by its module, as a registered model

    def build(**arguments: Any) -> Any:
        return spec.build(**{name: value for name, value in arguments.items() if name != "object"})

    # The harness hands a factory what its signature asks for.
    own = inspect.signature(spec.build)
    extra = inspect.Parameter("object", inspect.Parameter.KEYWORD_ONLY, default="")
    ordered = sorted([*own.parameters.values(), extra], key=lambda parameter: parameter.kind)
    build.__signature__ = own.replace(parameters=ordered)  # type: ignore[attr-defined]
    parameters = {**spec.parameters, "object": content.known}
    packages = (*spec.packages, *content.packages)
    return Described(replace(spec, build=build, parameters=parameters, packages=packages), content.uncaptured)


def _clone(estimator: Any) -> Any:
    from sklearn.base import clone

    try:
        return clone(estimator)
    except (TypeError, RuntimeError) as error:
        raise EmobenchError(
            f"{type(estimator).__name__} cannot be cloned: {' '.join(str(error).split())}",
            remedy="let its constructor keep its arguments as they are, as scikit-learn needs them",
        ) from error


def _class_name(kind: type) -> str:
    """Return ``MLPClassifier`` as ``mlp-classifier``."""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+", kind.__name__)
    return "-".join(parts).lower() or "model"


@dataclass
class _Content:
    """What is known of an object.

    Attributes:
        known: a hash of its content and of the code behind it, or a random number where something is not captured.
        modules: those with its code, by dotted name.
        packages: distributions that bring the others.
    """

    known: str = ""
    modules: set[str] = field(default_factory=set)
    packages: tuple[str, ...] = ()
    uncaptured: tuple[Uncaptured, ...] = ()

    def lacks(self, kind: Any, where: str) -> None:
        """Note what cannot be known, once."""
        self.uncaptured = tuple(dict.fromkeys((*self.uncaptured, Uncaptured(kind=kind, where=where))))


def _content(thing: Any) -> _Content:
    content = _Content()
    digest = ""
    try:
        digest = _hasher(content).hash(thing)
    except (pickle.PicklingError, TypeError, AttributeError, RuntimeError) as error:
        content.lacks("state", f"{type(thing).__name__}: {' '.join(str(error).split())[:_LONGEST]}")
    code = code_of(sorted(content.modules))
    content.uncaptured = (*content.uncaptured, *code.uncaptured)
    content.packages = code.packages
    content.known = f"random:{secrets.token_hex(16)}" if content.uncaptured else f"sha256:{digest}-{code.hash}"
    return content


def _hasher(content: _Content) -> Any:
    """Return joblib's hasher of objects, which also notes the code that it meets and hashes tensors by their values."""
    import joblib.hashing

    class Hasher(joblib.hashing.NumpyHasher):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__("sha256")
            self.tensors: dict[int, int] = {}

        def save(self, thing: Any) -> None:
            if isinstance(thing, type | FunctionType):
                for code in getattr(thing, "__mro__", (thing,)):
                    if "<" in code.__qualname__ or code.__module__ == "__main__":
                        content.lacks("no source", code.__qualname__)
                        thing = code.__qualname__
                content.modules.update(() if isinstance(thing, str) else modules_of(thing))
            elif isinstance(thing, frozenset):
                thing = ("frozenset", set(thing))
            elif type(thing).__module__.startswith("torch") and hasattr(thing, "untyped_storage"):
                thing = self._tensor(thing)
            super().save(thing)

        def _tensor(self, tensor: Any) -> Any:
            import torch

            if torch.nn.parameter.is_lazy(tensor):
                raise EmobenchError(
                    "the module has a lazy layer whose shape is not known yet",
                    remedy="call the module once on a batch first",
                )
            if id(tensor) in self.tensors:  # shared weights learn together, equal ones do not
                return ("shared", self.tensors[id(tensor)])
            self.tensors[id(tensor)] = len(self.tensors)
            flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
            return (type(tensor).__name__, str(tensor.dtype), list(tensor.shape), tensor.requires_grad, flat)

        def _batch_setitems(self, items: Any, *rest: Any) -> None:
            pickle._Pickler._batch_setitems(self, items, *rest)  # type: ignore[attr-defined]  # layers have an order

    return Hasher()
