"""``emobench list``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from emobench.cli._layout import GiveWay, cut, drop, fold
from emobench.cli._options import Choice, json_option
from emobench.cli._tables import echo_json, echo_table, in_one_line, with_variants, wrapped

if TYPE_CHECKING:
    from emobench.plugins import Registry

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "datasets": {
        "title": "title",
        "modalities": "modalities",
        "samples": "official.samples",
        "labels": "labels",
        "licence": "license",
    },
    "models": {"title": "title", "takes": "takes", "parameters": "parameters"},
    "fusions": {"title": "title", "learns": "learns"},
    "protocols": {"title": "title", "parameters": "parameters", "leaky": "leaky"},
    "representations": {"title": "title", "from": "modality", "views": "views", "parameters": "parameters"},
    "encoders": {
        "title": "title",
        "from": "modality",
        "released": "released",
        "licence": "license",
        "parameters": "parameters",
    },
    "label-maps": {"version": "version", "classes": "classes"},
    "metrics": {"title": "title", "of": "kind"},
}
"""Kind of component to its columns, each with the attribute that it shows."""

_FOR_PROGRAMS: Mapping[str, Mapping[str, str]] = {
    "datasets": {"citation": "citation", "homepage": "homepage"},
    "models": {"fitted_on": "fitted_on", "outputs": "outputs", "licence": "license", "released": "released"},
    "encoders": {"citation": "citation", "pretrained on": "pretrained_on"},
}
"""What ``--json`` has besides: too long for a column."""

_ORDER: Mapping[str, tuple[GiveWay, ...]] = {
    "datasets": (
        *(*fold("licence", 16), *fold("labels", 24), *fold("title", 20)),
        *(*drop("labels"), *fold("title", 14), *drop("modalities"), *cut("name", 16)),
    ),
    "models": (*fold("parameters", 20), *fold("takes", 17), *fold("title", 12), *drop("parameters")),
    "fusions": fold("title", 20),
    "suites": fold("title", 20),
    "protocols": (*fold("parameters", 24), *fold("title", 16), *drop("parameters")),
    "representations": (*fold("parameters", 20), *fold("title", 16), *drop("parameters")),
    "encoders": (
        *(*fold("parameters", 20), *fold("title", 16), *fold("licence", 12)),
        *(*drop("parameters"), *drop("licence"), *drop("released"), *cut("name", 16)),
    ),
    "label-maps": (*fold("leaves out", 14), *fold("classes", 16)),
    "metrics": fold("title", 20),
    "plugins": (*fold("provides or reason", 24), *fold("from", 8), *drop("from")),
}
"""Kind of component to the order in which its columns give way on a narrow terminal."""

_NOTES: Mapping[str, str] = {
    "protocols": (
        "Every protocol takes hold_out too: the share of training that becomes validation, or the name of a test part."
    ),
    "encoders": (
        "Sources need no plugin: hf:NAME, timm:NAME, torchaudio:NAME, onnx:FILE, hear:MODULE and cell:EXPERIMENT are "
        "encoders too."
    ),
}
"""Kind of component to what holds for all of it, also where none is registered."""

KINDS = (
    "datasets",
    "models",
    "fusions",
    "suites",
    "protocols",
    "representations",
    "encoders",
    "label-maps",
    "metrics",
    "plugins",
)


@click.command("list", short_help="List what the installed plugins register.")
@click.argument("kind", type=Choice(KINDS), required=False, metavar="[KIND]")
@json_option()
def list_(kind: str | None, as_json: bool) -> None:
    """List what the installed plugins register, or one KIND of it.

    KIND is datasets, models, fusions, suites, protocols, representations, encoders, label-maps, metrics or plugins.

    \b
    emobench list models
    emobench list plugins --json
    """
    from emobench.plugins import installed_plugins

    tables = {name: _rows(name, installed_plugins(), as_json=as_json) for name in (KINDS if kind is None else (kind,))}
    tables = json.loads(json.dumps(tables, default=dict))  # lists and plain tables alone
    if as_json:
        echo_json(tables if kind is None else tables[kind])
        return
    for number, (name, rows) in enumerate(tables.items()):
        if kind is None:
            click.echo(("\n" if number else "") + name.upper())
        if rows:
            if name == "datasets":
                rows = _without_variants(rows, installed_plugins())
            echo_table(list(rows[0]), [[_text(value) for value in row.values()] for row in rows], _ORDER[name])
        else:
            click.echo("none")
        if name in _NOTES:
            click.echo(wrapped(_NOTES[name]))


def _rows(kind: str, registry: Registry, *, as_json: bool) -> list[dict[str, Any]]:
    from emobench.data import own_label_maps

    if kind == "plugins":
        return _plugins(registry)
    if kind == "suites":
        from emobench.suites import read_suite

        suites = {name: read_suite(path) for name, path in sorted(registry.suites.items())}
        more = {name: " (patterns: add --encoder)" for name, suite in suites.items() if suite.pattern and not as_json}
        return [
            {"name": name, "experiments": len(suite.experiments), "title": suite.title + more.get(name, "")}
            for name, suite in suites.items()
        ]
    rows = []
    columns = {**_COLUMNS[kind], **(_FOR_PROGRAMS.get(kind, {}) if as_json else {})}
    components: dict[str, Any] = dict(sorted(getattr(registry, kind.replace("-", "_")).items()))
    if kind == "label-maps":  # without the labels of described datasets as they are: list datasets has them
        own = own_label_maps(registry)
        components = {name: component for name, component in components.items() if name not in own}
    for name, component in components.items():
        shown = {title: attrgetter(attribute)(component) for title, attribute in columns.items()}
        if kind == "datasets":
            shown["samples"] = shown["samples"] or None
            shown["labels"] = [*shown["labels"], *_targets(component, as_json=as_json)]
            if as_json and component.targets:
                shown["targets"] = [asdict(target) for target in component.targets]
            if _is_untried(component):
                shown["title"] += " (layout not tried on real files)"
        if kind == "label-maps":
            shown["leaves out"] = [label for label, target in component.mapping.items() if target is None]
            if as_json:
                shown |= {"mapping": dict(component.mapping), "understood": component.understood}
            else:
                told = component.understood.items()
                shown["classes"] = [f"{name} ({', '.join(more)})" if more else name for name, more in told]
        rows.append({"name": name, **shown})
    return rows


def _targets(dataset: Any, *, as_json: bool) -> list[str]:
    """Return what may be told of a sample besides one class, in words; programs get it elsewhere."""
    if as_json:
        return []
    what = {"distribution": "votes", "values": "values"}
    return [f"{target.name} ({what[target.kind]} of {', '.join(target.names)})" for target in dataset.targets]


def _is_untried(dataset: Any) -> bool:
    from emobench.data import DescribedDataset

    return isinstance(dataset, DescribedDataset) and dataset.is_untried


def _without_variants(rows: list[dict[str, Any]], registry: Registry) -> list[dict[str, Any]]:
    """Return the datasets with the variants of a pairing in one line."""
    by_name, shown = {row["name"]: row for row in rows}, []
    for name, varied in with_variants(by_name, registry):
        changed: dict[str, Any] = {}
        if varied:
            title, which = in_one_line(name, varied)
            changed = {"name": title, "title": f"its variants: {which}", "labels": [], "licence": ""}
        shown.append(by_name[name] | changed)
    return shown


def _plugins(registry: Registry) -> list[dict[str, Any]]:
    rows = []
    for plugin in sorted(registry.plugins, key=lambda plugin: plugin.distribution.startswith("emobench ")):
        provides = ", ".join(f"{what}: {', '.join(names)}" for what, names in plugin.provides.items())
        row = {"plugin": plugin.name, "from": plugin.distribution, "status": plugin.status}
        rows.append(row | {"provides or reason": "; ".join(plugin.problems) or provides})
    return rows


def _text(value: Any) -> str:
    if isinstance(value, dict):  # parameters, as a suite file writes them
        return ", ".join(f"{name}={json.dumps(inner)}" for name, inner in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
