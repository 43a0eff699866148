"""Where those components of a cell come from that do not come with emobench, so that its row can be traced to them."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator

from emobench.plugins.registry import OWN, Registry
from emobench.records import Cell, Source

LONGEST = 300
"""A longer title or citation is cut, so that a board stays one."""

URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._%/#?=-]*)?")
"""Addresses that boards show: they mean nothing to Markdown, HTML or a terminal."""

_LABELS = ("homepage", "repository", "source", "source code", "documentation")
"""Labels of project URLs, those before others that lead to a person who looks for the component."""


def components(cell: Cell) -> Iterator[tuple[str, str]]:
    """Yield kind and name of every component that a cell names, and its suite."""
    identity = cell.identity
    for kind, component in (("models", identity.model), ("fusions", identity.fusion), ("fusions", identity.pool)):
        if component is not None:
            yield kind, component.name
    yield "datasets", identity.dataset
    yield "label_maps", identity.labels.partition("@")[0]
    yield "protocols", identity.protocol.name
    yield from (("representations", used.name) for used in identity.representations)
    yield from (("encoders", used.name) for used in identity.representations)
    yield "suites", cell.suite


def sources_of(cell: Cell, registry: Registry) -> dict[str, Source]:
    """Return kind and name of each component of a cell that another distribution than emobench registered, to its source."""
    return {
        f"{kind}/{name}": _source(distribution, getattr(registry, kind)[name])
        for kind, name in dict.fromkeys(components(cell))
        if (distribution := _distribution(f"{kind}/{name}", registry)).split()[0] not in (OWN, "unknown")
    }


def is_external(component: str, registry: Registry) -> bool:
    """Tell whether a component, by kind and name (``models/tiny-next``), comes from anywhere but emobench."""
    return _distribution(component, registry).split()[0] != OWN


def _distribution(component: str, registry: Registry) -> str:
    """Return the distribution that registered a component, with its version; ``unknown`` for one that none registered."""
    kind, _, name = component.partition("/")
    return registry.distributions(kind).get(name, "unknown")


def _source(distribution: str, component: object) -> Source:
    title, citation = _line(component, "title"), _line(component, "citation")
    return Source(distribution=distribution, title=title, citation=citation, url=_url(distribution.split()[0]))


def _line(component: object, attribute: str) -> str:
    """Return a text of a stranger's component on one line that can be written, and not too long."""
    try:
        text = str(getattr(component, attribute, "") or "")
    except Exception:  # a component may raise where one only looks at it, and its cell has a result all the same
        return ""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _url(name: str) -> str:
    """Return the address of a distribution's project by its metadata; empty where they name none that can be shown."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    named = {
        label.strip().lower(): url.strip()
        for entry in metadata.get_all("Project-URL") or []
        for label, _, url in [str(entry).partition(",")]
    }
    by_label = [named[label] for label in _LABELS if label in named]
    urls = [*by_label, *map(str, metadata.get_all("Home-page") or []), *named.values()]
    return next((url for url in urls if len(url) <= LONGEST and URL.fullmatch(url)), "")
