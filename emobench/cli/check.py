"""``emobench check``."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import completing
from emobench.cli.options import Choice
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.testing import Result

KINDS = ("dataset", "model", "fusion", "representation", "protocol", "label-map", "metric")


@click.command(short_help="Hold a plugin's component to the contract.")
@click.argument("name", shell_complete=completing.names_of(*(f"{kind.replace('-', '_')}s" for kind in KINDS)))
@click.option("--kind", type=Choice(KINDS), help="Of the component, where several have the name.")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def check(name: str, kind: str | None, as_json: bool) -> int:
    """Hold the component NAME of an installed plugin to the contract of its kind, on synthetic twins.

    NAME is a dataset, model, fusion, representation, protocol, label map or metric. Prints a line for each check; one that
    fails says what was seen, what the contract is and how to keep it.

    \b
    emobench check my-model
    emobench check my-corpus --kind dataset --json

    Exits with 0 if no check failed, with 1 if one did.
    """
    from emobench.plugins import registry
    from emobench.testing import checks_for, kinds_of

    plugins = registry()
    if kind is None:
        found = kinds_of(name, plugins)
        if len(found) > 1:
            words = [one.removesuffix("s").replace("_", "-") for one in found]
            raise EmobenchError(
                f"{name!r} is the name of a {' and of a '.join(words)}", remedy=f"say which with --kind {words[0]}"
            )
        chosen: Any = found[0]
    else:
        chosen = f"{kind.replace('-', '_')}s"
    results = []
    checks = checks_for(chosen, name, plugins)
    if not as_json:
        click.echo(f"{checks[0].subject.label} {name}, registered by {checks[0].subject.module}")
    for one in checks:
        results.append(one.run())
        if not as_json:
            click.echo(f"  {results[-1]}")
    numbers = Counter(result.status for result in results)
    if as_json:
        click.echo(json.dumps([_plain(result) for result in results], indent=1))
    else:
        click.echo(f"{numbers['passed']} passed, {numbers['failed']} failed, {numbers['skipped']} skipped")
    return 1 if numbers["failed"] else 0


def _plain(result: Result) -> dict[str, str]:
    return {field.name: getattr(result, field.name) for field in fields(result) if field.name != "error"}
