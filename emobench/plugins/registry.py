"""The registry: every component that plugins registered, by kind and name, and what became of each plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from emobench.contracts import (
    Dataset,
    Encoder,
    Fusion,
    LabelMap,
    Metric,
    ModelSpec,
    Relation,
    Representation,
    SplitProtocol,
)
from emobench.errors import EmobenchError, nearest
from emobench.plugins.warnings import describe, warn

GROUP = "emobench"
OWN = "emobench"
"""The distribution of the harness: what it registers comes with emobench."""


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
    encoders: dict[str, Encoder] = field(default_factory=dict)
    models: dict[str, ModelSpec] = field(default_factory=dict)
    fusions: dict[str, Fusion] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
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

    def stream(self, name: str, *, where: str = "") -> Representation | Encoder:
        """Return what makes the inputs of a stream of a model: a representation or an encoder, by name.

        Raises:
            EmobenchError: there is neither; the nearest name is in the message.
        """
        known: dict[str, Representation | Encoder] = {**self.representations, **self.encoders}
        if name not in known:
            raise EmobenchError(f"no representation or encoder {name!r}", where=where, remedy=nearest(name, known))
        return known[name]

    def distributions(self, kind: str) -> dict[str, str]:
        """Return the names of a kind's components to the distributions, with versions, that registered them."""
        return {name: plugin.distribution for plugin in self.plugins for name in plugin.provides.get(kind, ())}

    @property
    def built_in_suites(self) -> frozenset[str]:
        """The suites that come with emobench."""
        return frozenset(name for name, owner in self.distributions("suites").items() if owner.split()[0] == OWN)

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


KINDS: Mapping[str, type] = {
    "datasets": Dataset,
    "label_maps": LabelMap,
    "protocols": SplitProtocol,
    "representations": Representation,
    "encoders": Encoder,
    "models": ModelSpec,
    "fusions": Fusion,
    "metrics": Metric,
    "relations": Relation,
    "suites": Path,
}
