"""The contracts of every kind of component, and the checks that hold one component to them."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry, installed_plugins
from emobench.testing import (
    datasets,
    encoders,
    fusions,
    label_maps,
    light_import,
    metrics,
    models,
    protocols,
    representations,
)
from emobench.testing.contract import Check, Contract, Contracts, Kind

_KINDS: Mapping[Kind, Contracts] = {
    "datasets": datasets.CONTRACTS,
    "models": models.CONTRACTS,
    "fusions": fusions.CONTRACTS,
    "representations": representations.CONTRACTS,
    "encoders": encoders.CONTRACTS,
    "protocols": protocols.CONTRACTS,
    "label_maps": label_maps.CONTRACTS,
    "metrics": metrics.CONTRACTS,
}

CONTRACTS: Mapping[Kind, tuple[Contract, ...]] = {
    kind: (*light_import.CONTRACTS, *contracts) for kind, contracts in _KINDS.items()
}
"""Every contract by kind, in the order in which they are checked."""


def checks_for(kind: Kind, name: str, registry: Registry | None = None) -> list[Check]:
    """Return the checks of a component. Nothing is computed before one of them is called.

    Args:
        kind: one of :data:`Kind`.
        name: of the registered component.
        registry: where to look it up; all installed plugins by default.

    Raises:
        EmobenchError: no such kind, or nothing of that kind has the name.
    """
    if kind not in _KINDS:
        raise EmobenchError(f"no kind {kind!r} of components that can be checked", remedy=nearest(kind, _KINDS))
    subject = _KINDS[kind].subject(kind, name, installed_plugins() if registry is None else registry)
    return [Check(contract, subject) for contract in CONTRACTS[kind]]


def kinds_of(name: str, registry: Registry) -> list[Kind]:
    """Return the kinds of the components that have a name.

    Raises:
        EmobenchError: there is none; the message says what became of a plugin of this name, or the nearest name.
    """
    found = [kind for kind in _KINDS if name in getattr(registry, kind)]
    if found:
        return found
    plugin = next((plugin for plugin in registry.plugins if plugin.name == name), None)
    if plugin is None:
        known = {component for kind in _KINDS for component in getattr(registry, kind)}
        raise EmobenchError(f"no component {name!r}", remedy=nearest(name, known))
    if plugin.status != "loaded":
        why = f": {'; '.join(plugin.problems)}" if plugin.problems else ""
        raise EmobenchError(f"plugin {name!r} is {plugin.status}{why}", remedy="fix it, or allow it")
    names = ", ".join(name for names in plugin.provides.values() for name in names)
    raise EmobenchError(f"{name!r} is a plugin", remedy=f"check one of what it registers: {names or 'nothing'}")
