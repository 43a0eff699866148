"""Hashes of code, so that changed code never gets an old result.

A component counts by the code of its plugin: the module that registers it and every module that this imports, from the same
distribution or from none. A released distribution that it imports counts by its version, and emobench itself by
:data:`emobench.records.RESULTS_VERSION`. Comments, docstrings, formatting, the order of imports and the names of
the modules do not count; imports inside functions do. What cannot be followed is listed, see :class:`Uncaptured`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emobench.contracts import Dataset, PairedDataset
from emobench.errors import EmobenchError
from emobench.plugins import _imports
from emobench.plugins.origins import is_external
from emobench.plugins.registry import Registry
from emobench.records import RESULTS_VERSION, Uncaptured


@dataclass(frozen=True)
class Code:
    """The code behind a component.

    Attributes:
        hash: 16 hexadecimal digits.
        imports: module names at the top level of released distributions that the code imports.
        uncaptured: what the hash does not cover.
    """

    hash: str
    imports: frozenset[str] = frozenset()
    uncaptured: tuple[Uncaptured, ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions that bring :attr:`imports`."""
        return tuple(sorted({name for top in self.imports for name in _imports.distributions().get(top, ())}))


def component_code(kind: str, name: str, registry: Registry) -> Code:
    """Return the code behind a component of a kind (``"models"``, ...): of its plugin, its class and functions it holds."""
    plugin, component = registry.modules[kind, name], getattr(registry, kind)[name]
    held = [value for value in getattr(component, "__dict__", {}).values() if callable(value)]
    modules = [module for function in (type(component), *held) for module in modules_of(function)]
    return code_of([plugin, *modules], plugin=plugin, component=f"{kind}/{name}")


def dataset_code(dataset: Dataset, registry: Registry) -> dict[str, Code]:
    """Return the code behind a dataset, and behind those that it pairs, by kind and name."""
    members = dataset.members if isinstance(dataset, PairedDataset) else ()
    for name in members:
        registry.find("datasets", name, where=f"dataset {dataset.name!r}")
    return {f"datasets/{name}": component_code("datasets", name, registry) for name in (dataset.name, *members)}


def cache_code(*codes: Code) -> dict[str, Any]:
    """Return the part of a cache key that code determines: that of components, and the results version for the core."""
    return {"results": RESULTS_VERSION, "code": [code.hash for code in codes]}


def imported_packages(codes: Mapping[str, Code], registry: Registry) -> list[str]:
    """Return the distributions that strangers' code imports, by kind and name of the component, declared or not.

    The components of emobench itself declare theirs.
    """
    external = (code for component, code in codes.items() if is_external(component, registry))
    return [name for code in external for name in code.packages]


def modules_of(function: Callable[..., Any]) -> list[str]:
    """Return the modules of a class and what it inherits from, of a function, or of the type of another callable."""
    if isinstance(function, functools.partial):
        parts = (function.func, *function.args, *function.keywords.values())
        return [module for part in parts if callable(part) for module in modules_of(part)]
    named = function if hasattr(function, "__qualname__") else type(function)
    return [part.__module__ for part in getattr(named, "__mro__", (named,)) if getattr(part, "__module__", None)]


def code_of(modules: Iterable[str], *, plugin: str = "", component: str = "") -> Code:
    """Return the code of modules and of all that they import.

    Args:
        modules: dotted names.
        plugin: a module whose distribution counts by its code even where it is installed as released.
        component: that they are the code of, for what is not captured.
    """
    walk = _imports.Walk(_imports.home(plugin))
    for module in dict.fromkeys(modules):
        walk.start(module, "no source")
    walk.finish()
    text = "\n".join(walk.texts)
    marks = tuple(Uncaptured(component=component, where=where, kind=kind) for where, kind in walk.uncaptured)
    return Code(hashlib.sha256(text.encode()).hexdigest()[:16], frozenset(walk.imports), marks)


@functools.cache
def package_hash(package: str = _imports.CORE) -> str:
    """Return 16 hexadecimal digits over the files of all modules of a package of emobench, wherever they are in it."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    contents = sorted(path.read_bytes() for path in Path(spec.origin).parent.rglob("*.py"))
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]


def package_versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each distribution.

    Raises:
        EmobenchError: one is not installed.
    """
    try:
        return {name: _version(name) for name in sorted(set(distributions))}
    except importlib.metadata.PackageNotFoundError as error:
        raise EmobenchError(f"package {error.name!r} is not installed", remedy=f"pip install {error.name}") from error


@functools.cache
def _version(distribution: str) -> str:
    # Every cell asks for the same few, and each answer is a file that is read and parsed.
    return importlib.metadata.version(distribution)
