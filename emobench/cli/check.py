"""``emobench check``."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import completing
from emobench.cli.options import Choice
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.testing import CheckResult

KINDS = ("dataset", "model", "fusion", "representation", "protocol", "label-map", "metric")


@click.command(short_help="Hold a plugin's component to the contract.")
@click.argument("name", shell_complete=completing.names_of(*(f"{kind.replace('-', '_')}s" for kind in KINDS)))
@click.option("--kind", type=Choice(KINDS), help="Of the component, where several have the name.")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
@click.option("--traceback", "traced", is_flag=True, help="Print the traceback of what was raised.")
def check(name: str, kind: str | None, as_json: bool, traced: bool) -> int:
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
    checks = checks_for(chosen, name, plugins)
    if not as_json:
        click.echo(f"{checks[0].subject.label} {name}, registered by {checks[0].subject.module}")
    results = []
    for one in checks:
        results.append(one.run())
        # What is skipped comes at the end, one line a reason: a fit that fails takes nearly every other check with it.
        if not as_json and results[-1].status != "skipped":
            click.echo(f"  {results[-1]}")
        if traced and results[-1].error is not None:
            click.echo("".join(traceback.format_exception(results[-1].error)), err=True)
    if as_json:
        click.echo(json.dumps([_plain(result) for result in results], indent=1))
    else:
        _conclude(results)
    return 1 if any(one.status == "failed" for one in results) else 0


def _conclude(results: list[CheckResult]) -> None:
    """Print what was skipped, the numbers, and once more the names of what failed: its lines may have scrolled away."""
    reasons: dict[str, list[str]] = {}
    for one in results:
        if one.status == "skipped":
            reasons.setdefault(one.seen, []).append(one.check)
    for reason, names in reasons.items():
        click.echo(f"  skipped {', '.join(names)}: {reason}")
    numbers = Counter(one.status for one in results)
    click.echo(f"{numbers['passed']} passed, {numbers['failed']} failed, {numbers['skipped']} skipped")
    if numbers["failed"]:
        click.echo(f"failed: {', '.join(one.check for one in results if one.status == 'failed')}")


def _plain(result: CheckResult) -> dict[str, str]:
    return {field.name: getattr(result, field.name) for field in fields(result) if field.name != "error"}
