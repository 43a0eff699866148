"""``emobench check``."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.cli._options import Choice, json_option
from emobench.cli._tables import echo_json, grouped, wrapped
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.testing import CheckResult

KINDS = ("dataset", "model", "fusion", "representation", "encoder", "protocol", "label-map", "metric")


def _plural(kind: str) -> Any:
    return f"{kind.replace('-', '_')}s"


@click.command(short_help="Hold a plugin's component to the contract.")
@click.argument("name", shell_complete=_completion.names_of(*map(_plural, KINDS)))
@click.option("--kind", type=Choice(KINDS), help="Of the component, where several have the name.")
@json_option()
@click.option("--traceback", "traced", is_flag=True, help="Print the traceback of what was raised.")
def check(name: str, kind: str | None, as_json: bool, traced: bool) -> int:
    """Hold the component NAME of an installed plugin to the contract of its kind, on synthetic twins.

    NAME is a dataset, model, fusion, representation, encoder, protocol, label map or metric. Prints a line for each check;
    one that fails says what was seen, what the contract is and how to keep it.

    \b
    emobench check my-model
    emobench check my-corpus --kind dataset --json

    Exits with 0 if no check failed, with 1 if one did.
    """
    from emobench.plugins import installed_plugins
    from emobench.testing import CheckResult, checks_for, kinds_of

    plugins = installed_plugins()
    found = kinds_of(name, plugins) if kind is None else [_plural(kind)]
    if len(found) > 1:
        words = [known.removesuffix("s").replace("_", "-") for known in found]
        raise EmobenchError(
            f"{name!r} is the name of a {' and of a '.join(words)}", remedy=f"say which with --kind {words[0]}"
        )
    checks = checks_for(found[0], name, plugins)
    if not as_json:
        click.echo(f"{checks[0].subject.label} {name}, registered by {checks[0].subject.module}")
    results = []
    for result in (check.run() for check in checks):
        results.append(result)
        # What is skipped comes at the end, one line a reason: a fit that fails takes nearly every other check with it.
        if not as_json and result.status != "skipped":
            click.echo(wrapped(str(result), "  ", 11))
        if traced and result.error is not None:
            click.echo("".join(traceback.format_exception(result.error)), err=True)
    if as_json:
        shown = [field.name for field in fields(CheckResult) if field.name != "error"]
        echo_json([{name: getattr(result, name) for name in shown} for result in results])
    else:
        _conclude(results)
    return 1 if any(result.status == "failed" for result in results) else 0


def _conclude(results: list[CheckResult]) -> None:
    """Print what was skipped, the numbers, and once more the names of what failed: its lines may have scrolled away."""
    skipped = grouped((result.seen, result.check) for result in results if result.status == "skipped")
    for reason, names in skipped.items():
        click.echo(wrapped(f"skipped  {', '.join(names)}: {reason}", "  ", 11))
    numbers = Counter(result.status for result in results)
    click.echo(f"{numbers['passed']} passed, {numbers['failed']} failed, {numbers['skipped']} skipped")
    if numbers["failed"]:
        click.echo(f"failed: {', '.join(result.check for result in results if result.status == 'failed')}")
