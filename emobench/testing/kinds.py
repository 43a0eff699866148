"""The contracts of every kind of component, and the checks that hold one component to them."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.errors import EmobenchError, nearest
from emobench.plugins import PluginStatus, Registry, installed_plugins
from emobench.testing import (
    datasets,
    fusions,
    label_maps,
    light_import,
    metrics,
    model_subject,
    models,
    protocols,
    representations,
)
from emobench.testing.contract import Check, Contract, Contracts, Kind, Subject

_KINDS: Mapping[Kind, tuple[type[Subject], Contracts]] = {
    "datasets": (datasets.DatasetSubject, datasets.CONTRACTS),
    "models": (model_subject.ModelSubject, models.CONTRACTS),
    "fusions": (fusions.FusionSubject, fusions.CONTRACTS),
    "representations": (representations.RepresentationSubject, representations.CONTRACTS),
    "protocols": (protocols.ProtocolSubject, protocols.CONTRACTS),
    "label_maps": (Subject, label_maps.CONTRACTS),
    "metrics": (Subject, metrics.CONTRACTS),
}

CONTRACTS: Mapping[Kind, tuple[Contract, ...]] = {
    kind: (*light_import.CONTRACTS, *contracts) for kind, (_, contracts) in _KINDS.items()
}
"""Every contract by kind, in the order in which they are checked."""


def checks_for(kind: Kind, name: str, registry: Registry | None = None) -> list[Check]:
    """Return the checks of a component. Nothing is computed before one of them is called.

    Args:
        kind: ``"datasets"``, ``"models"``, ``"fusions"``, ``"representations"``, ``"protocols"``, ``"label_maps"`` or
            ``"metrics"``.
        name: of the registered component.
        registry: where to look it up; all installed plugins by default.

    Raises:
        EmobenchError: no such kind, or nothing of that kind has the name.
    """
    if kind not in _KINDS:
        raise EmobenchError(f"no kind {kind!r} of components that can be checked", remedy=nearest(kind, _KINDS))
    subject = _KINDS[kind][0](kind, name, installed_plugins() if registry is None else registry)
    return [Check(contract, subject) for contract in CONTRACTS[kind]]


def kinds_of(name: str, registry: Registry) -> list[Kind]:
    """Return the kinds of the components that have a name.

    Raises:
        EmobenchError: there is none; the message says what became of a plugin of this name, or the nearest name.
    """
    found = [kind for kind in _KINDS if name in getattr(registry, kind)]
    if found:
        return found
    for plugin in registry.plugins:
        if plugin.name == name:
            raise _not_a_component(plugin)
    known = {component for kind in _KINDS for component in getattr(registry, kind)}
    raise EmobenchError(f"no component {name!r}", remedy=nearest(name, known))


def _not_a_component(plugin: PluginStatus) -> EmobenchError:
    """Say what became of a plugin whose name was given for that of a component."""
    if plugin.status != "loaded":
        why = f": {'; '.join(plugin.problems)}" if plugin.problems else ""
        return EmobenchError(f"plugin {plugin.name!r} is {plugin.status}{why}", remedy="fix it, or allow it")
    names = [name for names in plugin.provides.values() for name in names]
    return EmobenchError(
        f"{plugin.name!r} is a plugin", remedy=f"check one of what it registers: {', '.join(names) or 'nothing'}"
    )
