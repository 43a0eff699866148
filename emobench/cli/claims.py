"""``emobench claims``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli._options import Choice, runs_option, suite_option
from emobench.errors import EmobenchError, nearest


@click.command(short_help="Set what papers print beside what was measured.")
@suite_option(required=True)
@runs_option("Folder with the cells of runs, or of published boards; without any, every claim is not run.")
@click.option("--paper", help="Only the claims of this paper.")
@click.option(
    "--format",
    "form",
    type=Choice(["text", "md", "json", "csv"]),
    default="text",
    show_default=True,
    help="Of the output.",
)
@click.option("--arithmetic", is_flag=True, help="What arithmetic says about each claim, check by check; nothing else.")
def claims(suite: str, runs: Path, paper: str | None, form: str, arithmetic: bool) -> int:
    """Set every number that a suite's papers print beside the measured one, with a verdict.

    \b
    emobench claims --suite paper-replication
    emobench claims --suite paper-replication --runs leaderboards --paper A
    emobench claims --suite paper-replication --arithmetic
    """
    from emobench.boards import claims_csv, claims_json, claims_markdown, describe, render_text, value
    from emobench.claims import find_ledger, judge
    from emobench.plugins import installed_plugins
    from emobench.publishing import rescored
    from emobench.records import no_records
    from emobench.suites import find_suite

    chosen = find_suite(suite, installed_plugins())
    ledger = find_ledger(chosen, installed_plugins())
    if paper is not None:
        kept = [claim for claim in ledger.claims if claim.paper == paper]
        if not kept:
            raise EmobenchError(f"no paper {paper!r}", where=chosen.name, remedy=nearest(paper, ledger.papers))
        ledger = ledger.model_copy(update={"claims": kept})
    if runs != Path("runs") and not runs.is_dir():
        raise no_records(runs)
    judged = judge(ledger, chosen, [] if arithmetic else rescored(runs, installed_plugins()), installed_plugins())
    if arithmetic:
        for verdict in judged:
            click.echo(f"{verdict.claim.place}: {value(verdict.claim)}: {verdict.arithmetic.status}")
            for check in verdict.arithmetic.checks:
                click.echo(f"  {'' if check.decides else '(remark) '}{describe(check)}")
        return 0
    text = {
        "text": lambda: render_text(judged),
        "md": lambda: claims_markdown(judged, ledger),
        "json": lambda: claims_json(judged, ledger),
        "csv": lambda: claims_csv(judged),
    }[form]()
    click.echo(text, nl=False)
    return 0
