"""Plugins: discovery through entry points, containment of what is broken, and one registry of what is left."""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from emobench import hookspecs
from emobench.contracts import (
    BUILD_ARGUMENTS,
    Dataset,
    Download,
    Fusion,
    LabelMap,
    Metric,
    ModelSpec,
    Representation,
    SplitProtocol,
)
from emobench.errors import EmobenchError, closest, nearest

GROUP = "emobench"
OWN = "emobench"
"""The distribution of the harness: what it registers comes with emobench."""

# ------------------------------------------------------------------------------------------------------------ registry


@dataclass
class PluginStatus:
    """What became of one entry point.

    Attributes:
        name: the entry point's name.
        distribution: the distribution that declares it, with its version.
        module: what it points to.
        status: ``loaded``, ``broken`` or ``not allowed`` (by the allow-list in ``EMOBENCH_PLUGINS``).
        problems: why it is broken; what it registered properly works all the same.
        provides: kind to the names it registered.
    """

    name: str
    distribution: str
    module: str
    status: str = "loaded"
    problems: list[str] = field(default_factory=list)
    provides: dict[str, list[str]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The distribution's name alone."""
        return self.distribution.split()[0]

    def fail(self, reason: str) -> None:
        """Mark the plugin as broken and keep the reason."""
        self.status = "broken"
        self.problems.append(" ".join(reason.split()))


@dataclass
class Registry:
    """Every component that a plugin registered, by kind and name."""

    datasets: dict[str, Dataset] = field(default_factory=dict)
    label_maps: dict[str, LabelMap] = field(default_factory=dict)
    protocols: dict[str, SplitProtocol] = field(default_factory=dict)
    representations: dict[str, Representation] = field(default_factory=dict)
    models: dict[str, ModelSpec] = field(default_factory=dict)
    fusions: dict[str, Fusion] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    suites: dict[str, Path] = field(default_factory=dict)
    plugins: list[PluginStatus] = field(default_factory=list)
    modules: dict[tuple[str, str], str] = field(default_factory=dict)
    manager: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager(GROUP))

    def find(self, kind: str, name: str, *, where: str = "") -> Any:
        """Return the component of a kind (``"models"``, ...) by name.

        Raises:
            EmobenchError: there is none; the nearest name is in the message.
        """
        known: Mapping[str, Any] = getattr(self, kind)
        if name not in known:
            label = kind.removesuffix("s").replace("_", " ")
            raise EmobenchError(f"no {label} {name!r}", where=where, remedy=nearest(name, known))
        return known[name]

    def distributions(self, kind: str) -> dict[str, str]:
        """Return the names of a kind's components to the distributions, with versions, that registered them."""
        return {name: plugin.distribution for plugin in self.plugins for name in plugin.provides.get(kind, ())}

    @property
    def built_in_suites(self) -> frozenset[str]:
        """The suites that come with emobench."""
        return frozenset(
            name for plugin in self.plugins if plugin.owner == OWN for name in plugin.provides.get("suites", ())
        )

    def notify(self, event: str, **arguments: Any) -> None:
        """Call an event hook on every plugin; one that raises is reported and does no harm.

        Raises:
            TypeError: the arguments are not those of the hook: plugins that take the missing one would fail.
        """
        hook = getattr(self.manager.hook, event)
        if arguments.keys() != set(hook.spec.argnames):
            raise TypeError(f"{event} has the arguments {hook.spec.argnames}, and {tuple(arguments)} are given")
        for implementation in hook.get_hookimpls():
            try:
                implementation.function(**{name: arguments[name] for name in implementation.argnames})
            except (Exception, SystemExit) as error:
                warn(f"plugin {implementation.plugin_name!r} failed in {event}: {describe(error)}")

    @contextmanager
    def listening(self, listeners: Iterable[object]) -> Iterator[None]:
        """Let objects hear events while the block runs, as plugins do; their names in messages are those of their classes."""
        added: list[object] = []
        try:
            for listener in listeners:
                self.manager.register(listener, name=f"{type(listener).__name__} {len(added) + 1}")
                added.append(listener)
            yield
        finally:
            for listener in added:
                self.manager.unregister(listener)

    def broken(self) -> Iterator[str]:
        """Yield one line for each broken plugin."""
        for plugin in self.plugins:
            if plugin.status == "broken":
                yield f"plugin {plugin.name!r} ({plugin.distribution}) is broken: {'; '.join(plugin.problems)}"


def warn(text: str) -> None:
    """Write one line to stderr."""
    print(f"emobench: {text}", file=sys.stderr)


def describe(error: BaseException) -> str:
    """Return an exception as one line with its kind."""
    return " ".join(f"{type(error).__name__}: {error}".split())


# ------------------------------------------------------------------------------------------------------------- loading


ALLOW_LIST = "EMOBENCH_PLUGINS"


@functools.cache
def registry() -> Registry:
    """Return the registry of all installed plugins; loaded once a process, broken ones named on stderr."""
    allowed = os.environ.get(ALLOW_LIST) or None
    loaded = load(_entry_points(), allowed)
    for line in loaded.broken():
        warn(line)
    known = {name for plugin in loaded.plugins for name in (plugin.name, plugin.owner)}
    for name in _names(allowed or ""):
        if name not in known:
            warn(f"{ALLOW_LIST} names {name!r}, which is not installed; {nearest(name, known)}")
    return loaded


def load(entry_points: list[importlib.metadata.EntryPoint], allowed: str | None = None) -> Registry:
    """Load plugins into a new registry.

    Args:
        entry_points: what to load, in the order in which names are given away: a name that is taken stays taken.
        allowed: comma-separated names of entry points or distributions; ``None`` allows all.
    """
    result = Registry()
    result.manager.add_hookspecs(hookspecs)
    names = None if allowed is None else _names(allowed)
    for entry in entry_points:
        distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown"
        status = PluginStatus(entry.name, distribution, entry.value)
        result.plugins.append(status)
        if names is not None and not names & {entry.name, status.owner}:
            status.status = "not allowed"
            continue
        try:
            plugin = entry.load()
            if not isinstance(plugin, ModuleType):
                status.fail(f"{entry.value} is of type {type(plugin).__name__}; the entry point must name a module")
                continue
            result.manager.register(plugin, name=f"{status.owner}:{entry.name}")
        except (Exception, SystemExit) as error:
            status.fail(_import_problem(error, entry))
            continue
        _check_hook_names(plugin, status)
        _collect(result, plugin, status)
    return result


def _import_problem(error: BaseException, entry: importlib.metadata.EntryPoint) -> str:
    """Return why a plugin cannot be imported; of a module that was not installed at all, how to fix that."""
    module = entry.value.partition(":")[0].strip()
    if not isinstance(error, ModuleNotFoundError) or not error.name or not f"{module}.".startswith(f"{error.name}."):
        return describe(error)
    return (
        f"the distribution does not contain the module {error.name!r}: name it in pyproject.toml ([tool.setuptools] "
        f'py-modules = ["{error.name}"], or only-include of hatchling), or remove the folder build/, and install again'
    )


def _names(allowed: str) -> set[str]:
    return {name.strip() for name in allowed.split(",") if name.strip()}


def _entry_points() -> list[importlib.metadata.EntryPoint]:
    # The harness's own come first, so that a stranger cannot take over a built-in name by its place in the alphabet.
    found = importlib.metadata.entry_points(group=GROUP)
    return sorted(found, key=lambda entry: (not (entry.dist and entry.dist.name == OWN), entry.name))


def _check_hook_names(plugin: ModuleType, status: PluginStatus) -> None:
    known = {name for name in vars(hookspecs) if name.startswith("emobench_")}
    for name, value in vars(plugin).items():
        if hasattr(value, "emobench_impl") and name not in known:
            status.fail(f"there is no hook {name!r}; {nearest(name, known)}")


def _collect(result: Registry, plugin: ModuleType, status: PluginStatus) -> None:
    for kind in _KINDS:
        function = getattr(plugin, f"emobench_{kind}", None)
        if function is None or not hasattr(function, "emobench_impl"):
            continue
        try:
            components = list(function())
        except (Exception, SystemExit) as error:
            status.fail(f"emobench_{kind} failed: {describe(error)}")
            continue
        for component in components:
            try:
                _add(result, kind, component, plugin.__name__, status)
            except Exception as error:  # a component may raise where one only looks at it
                status.fail(f"emobench_{kind}: {describe(error)}")


def _add(result: Registry, kind: str, component: Any, module: str, status: PluginStatus) -> None:
    problem = component_problem(kind, component)
    if problem:
        status.fail(f"emobench_{kind}: {problem}")
        return
    name = component_name(component)
    known = getattr(result, kind)
    if name in known:
        status.fail(f"emobench_{kind}: the name {name!r} is taken by {result.modules[kind, name]}")
        return
    known[name] = component
    result.modules[kind, name] = module
    status.provides.setdefault(kind, []).append(name)


# ---------------------------------------------------------------------------------------------------------- validation


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_CLASS_ATTRIBUTES: Mapping[type, tuple[str, ...]] = {
    Dataset: ("title", "modalities", "labels", "official", "license", "homepage", "citation", "obtain"),
    SplitProtocol: ("title",),
    Representation: ("title", "modality"),
    Fusion: ("title",),
}
_KINDS: Mapping[str, type] = {
    "datasets": Dataset,
    "label_maps": LabelMap,
    "protocols": SplitProtocol,
    "representations": Representation,
    "models": ModelSpec,
    "fusions": Fusion,
    "metrics": Metric,
    "suites": Path,
}


def component_name(component: Any) -> str:
    """Return a component's name; a suite is named after its file."""
    return component.stem.replace("_", "-") if isinstance(component, Path) else component.name


def component_problem(kind: str, component: Any) -> str:
    """Return what is wrong with a component, in one sentence, or an empty string."""
    kind_type = _KINDS[kind]
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
    accepted = accepted_arguments(spec.build)
    unknown = [] if accepted is None else [name for name in spec.parameters if name not in accepted]
    return f"{spec.name!r}: build() has no parameter {unknown[0]!r}" if unknown else _build_problem(spec)


def _build_problem(spec: ModelSpec) -> str:
    """Return which argument without a default the factory would never get, or an empty string."""
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


def _signature(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    try:
        return _known_signature(function)
    except TypeError:  # it cannot be hashed
        return tuple(inspect.signature(function).parameters.values())


@functools.lru_cache
def _known_signature(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


# ---------------------------------------------------------------------------------------------------------- signatures


def accepted_arguments(function: Callable[..., Any]) -> set[str] | None:
    """Return the argument names that a function accepts by keyword, or ``None`` if it accepts any."""
    parameters = _signature(function)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return named_arguments(function)


def named_arguments(function: Callable[..., Any], *, required: bool = False) -> set[str]:
    """Return the argument names in a function's signature that can be given by keyword, or only those without a default."""
    parameters = _signature(function)
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return {p.name for p in named if not required or p.default is p.empty}


def default_arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments in a function's signature that have a default, with it."""
    parameters = _signature(function)
    return {p.name: p.default for p in parameters if p.default is not p.empty}
