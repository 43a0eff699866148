"""Plugins from entry points: imported one at a time, and what is broken is contained."""

from __future__ import annotations

import functools
import importlib.metadata
import os
from types import ModuleType
from typing import Any

from emobench.errors import nearest
from emobench.plugins import hookspecs
from emobench.plugins.registry import GROUP, KINDS, OWN, PluginStatus, Registry
from emobench.plugins.validation import component_name, component_problem
from emobench.plugins.warnings import describe, warn

ALLOW_LIST = "EMOBENCH_PLUGINS"

_SHARED = {"representations": ("encoders",), "encoders": ("representations",)}
"""Kinds whose components are named in the same place, so that no two of them may have one name."""


@functools.cache
def installed_plugins() -> Registry:
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
    for kind in KINDS:
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
    for place in (kind, *_SHARED.get(kind, ())):
        if name in getattr(result, place):
            status.fail(f"emobench_{kind}: the name {name!r} is taken by {result.modules[place, name]}")
            return
    getattr(result, kind)[name] = component
    result.modules[kind, name] = module
    status.provides.setdefault(kind, []).append(name)
