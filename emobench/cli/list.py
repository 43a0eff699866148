"""``emobench list``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from emobench.cli._options import Choice

if TYPE_CHECKING:
    from emobench.plugins import Registry

KINDS = ("datasets", "models", "fusions", "suites", "protocols", "representations", "label-maps", "metrics", "plugins")


@click.command("list", short_help="List what the installed plugins register.")
@click.argument("kind", type=Choice(KINDS), required=False, metavar="[KIND]")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def list_(kind: str | None, as_json: bool) -> None:
    """List what the installed plugins register, or one KIND of it.

    KIND is datasets, models, fusions, suites, protocols, representations, label-maps, metrics or plugins.

    \b
    emobench list models
    emobench list plugins --json
    """
    from emobench.plugins import installed_plugins

    tables = {name: _rows(name, installed_plugins()) for name in (KINDS if kind is None else (kind,))}
    if as_json:
        click.echo(json.dumps(tables if kind is None else tables[kind], indent=1))
        return
    from emobench.cli._tables import echo_table

    for number, (name, rows) in enumerate(tables.items()):
        if kind is None:
            click.echo(f"{'' if number == 0 else chr(10)}{name.upper()}")
        if rows:
            echo_table(list(rows[0]), [[_text(value) for value in row.values()] for row in rows])
        else:
            click.echo("none")


def _text(value: Any) -> str:
    if isinstance(value, dict):  # parameters, as a suite file writes them
        return ", ".join(f"{name}={json.dumps(inner)}" for name, inner in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(kind: str, registry: Registry) -> list[dict[str, Any]]:
    if kind == "plugins":
        return [
            {
                "plugin": one.name,
                "from": one.distribution,
                "status": one.status,
                "provides or reason": "; ".join(one.problems)
                or ", ".join(f"{what}: {', '.join(names)}" for what, names in one.provides.items()),
            }
            for one in sorted(registry.plugins, key=lambda one: one.distribution.startswith("emobench "))
        ]
    if kind == "suites":
        from emobench.suites import read_suite

        suites = {name: read_suite(path) for name, path in sorted(registry.suites.items())}
        return [
            {"name": name, "experiments": len(suite.experiments), "title": suite.title}
            for name, suite in suites.items()
        ]
    components = getattr(registry, kind.replace("-", "_"))
    return [{"name": name, **_describe(kind, components[name])} for name in sorted(components)]


def _describe(kind: str, component: Any) -> dict[str, Any]:
    if kind == "datasets":
        return {
            "title": component.title,
            "modalities": list(component.modalities),
            "samples": component.official.samples,
            "labels": list(component.labels),
            "licence": component.license,
        }
    if kind == "models":
        return {"title": component.title, "takes": list(component.takes), "parameters": _plain(component.parameters)}
    if kind == "label-maps":
        left_out = [label for label, target in component.mapping.items() if target is None]
        return {"version": component.version, "classes": list(component.classes), "leaves out": left_out}
    if kind == "protocols":
        return {"title": component.title, "parameters": _plain(component.parameters), "leaky": component.leaky}
    if kind == "representations":
        return {
            "title": component.title,
            "from": component.modality,
            "views": component.views,
            "parameters": _plain(component.parameters),
        }
    if kind == "fusions":
        return {"title": component.title, "learns": component.learns}
    return {"title": component.title}


def _plain(parameters: Any) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
