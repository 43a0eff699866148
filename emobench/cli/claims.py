"""``emobench claims``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._layout import drop, fold
from emobench.cli._options import Choice, runs_option, suite_option
from emobench.cli._tables import print_table, wrapped
from emobench.errors import EmobenchError, nearest

if TYPE_CHECKING:
    from emobench.claims import Judged


@click.command(short_help="Set what papers print beside what was measured.")
@suite_option(required=True)
@runs_option(help="Folder with the cells of runs, or of published boards; without any, every claim is not run.")
@click.option("--paper", help="Only the claims of this paper.")
@click.option("--format", "form", type=Choice(["text", "md", "json", "csv"]), default="text", help="Of the output.")
@click.option("--arithmetic", is_flag=True, help="What arithmetic says about each claim, check by check; nothing else.")
def claims(suite: str, runs: Path, paper: str | None, form: str, arithmetic: bool) -> int:
    """Set every number that a suite's papers print beside the measured one, with a verdict.

    \b
    emobench claims --suite paper-replication
    emobench claims --suite paper-replication --runs leaderboards --paper A
    emobench claims --suite paper-replication --arithmetic
    """
    from emobench.boards import claims_csv, claims_json, claims_markdown, describe, value
    from emobench.claims import find_ledger, judge
    from emobench.plugins import installed_plugins
    from emobench.publishing import rescored
    from emobench.records import no_records
    from emobench.suites import find_suite

    plugins = installed_plugins()
    chosen = find_suite(suite, plugins)
    ledger = find_ledger(chosen, plugins)
    if paper is not None:
        kept = [claim for claim in ledger.claims if claim.paper == paper]
        if not kept:
            raise EmobenchError(f"no paper {paper!r}", where=chosen.name, remedy=nearest(paper, ledger.papers))
        ledger = ledger.model_copy(update={"claims": kept})
    if runs != Path("runs") and not runs.is_dir():
        raise no_records(runs)
    judged = judge(ledger, chosen, [] if arithmetic else rescored(runs, plugins), plugins)
    if arithmetic:
        for verdict in judged:
            click.echo(wrapped(f"{verdict.claim.place}: {value(verdict.claim)}: {verdict.arithmetic.status}", "", 2))
            for check in verdict.arithmetic.checks:
                click.echo(wrapped(f"{'' if check.decides else '(remark) '}{describe(check)}", "  ", 4))
        return 0
    if form == "text":
        echo_claims(judged)
        return 0
    text = {
        "md": lambda: claims_markdown(judged, ledger),
        "json": lambda: claims_json(judged, ledger),
        "csv": lambda: claims_csv(judged),
    }[form]()
    click.echo(text, nl=False)
    return 0


def echo_claims(judged: Sequence[Judged]) -> None:
    """Print a table for each table of a paper, the reasons, and the number of claims by verdict."""
    from emobench.boards import tables_of_claims, totals

    order = [*fold("row", 16), *fold("column", 10), *fold("arithmetic", 10), *fold("verdict", 14), *drop("arithmetic")]
    order += [*fold("row", 10), *drop("95% interval")]
    for each in tables_of_claims(judged):
        click.echo(each.title)
        print_table(each.table, order)
        for reason in each.reasons:
            click.echo(wrapped(reason, "- ", 2))
        click.echo()
    click.echo(wrapped(totals(judged)))
