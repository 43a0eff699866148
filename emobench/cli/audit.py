"""``emobench audit``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli import _completion
from emobench.cli._audit_table import facts_of, task_of_table
from emobench.cli._options import (
    UserPath,
    columns_option,
    data_option,
    encoder_option,
    json_option,
    limit_option,
    numbers_options,
    only_option,
    parse_columns,
    parse_numbers,
    parse_settings,
    setting_option,
    suite_option,
)
from emobench.cli._tables import colored, echo_json, echo_provenance, grouped, print_findings, wrapped
from emobench.errors import EmobenchError, counted

if TYPE_CHECKING:
    from emobench.data import Numbers
    from emobench.plugins import Registry
    from emobench.records import AuditReport
    from emobench.splits import Task


@click.command(short_help="Look for what is wrong with a split's samples.")
@suite_option(help="Audit what the models of this suite are trained and tested on: a name, or a .toml file.")
@only_option(shell_complete=_completion.experiments, help="Only matching experiments of the suite; repeatable.")
@encoder_option()
@click.option(
    "--dataset",
    shell_complete=_completion.names_of("datasets"),
    help="Audit one dataset, with --labels and --protocol, instead of a suite.",
)
@click.option(
    "--labels", shell_complete=_completion.names_of("label_maps"), help="Its label map (emobench list label-maps)."
)
@click.option(
    "--protocol",
    shell_complete=_completion.names_of("protocols"),
    help="What divides it (emobench list protocols).",
)
@setting_option()
@click.option("--table", type=UserPath(), help="Audit a table of your own instead: CSV, TSV, Parquet or JSON lines.")
@click.option(
    "--split",
    "lists",
    metavar="PATH",
    help="With --table: a table of parts, a folder of tables called after parts and folds, or a path with *.",
)
@columns_option()
@click.option("--group-from", default="", metavar="REGEX", help="With --table: what finds the speaker in a path.")
@numbers_options()
@data_option()
@limit_option()
@click.option(
    "--out",
    type=UserPath(),
    help="Write the reports into this folder of a run or of boards, in place of earlier ones of the same splits.",
)
@click.option("--report", type=UserPath(), metavar="FILE", help="With --table: write Markdown, for an issue.")
@json_option(help="For a program to read: a list with one report a split.")
def audit(
    suite: str | None,
    only: tuple[str, ...],
    encoders: tuple[str, ...],
    dataset: str | None,
    labels: str | None,
    protocol: str | None,
    settings: tuple[str, ...],
    table: Path | None,
    lists: str | None,
    columns: tuple[str, ...],
    group_from: str,
    values: str,
    votes: str,
    data: Path | None,
    limit: int | None,
    out: Path | None,
    report: Path | None,
    as_json: bool,
) -> int:
    """Look for what is wrong with the very samples that are trained and tested on, before anything is trained.

    Each dataset, label map and protocol is audited once; without --data, on synthetic twins. What the audits are and
    what to do about a finding is in docs/audits.md.

    Exits with 0 if nothing makes a test score wrong; with 1 if there is a finding of severity error; with 2 if something
    cannot be audited.

    \b
    emobench audit --suite paper-replication --data ~/datasets
    emobench audit --dataset fer2013 --labels seven-emotions --protocol official
    emobench audit --suite paper-replication --only 'a.*' --out leaderboards
    emobench audit --table clips.csv --split folds.csv --report audit.md
    emobench audit --table a.csv --split 'f*/*.csv' --group-from '([0-9]+)[ab]'
    """
    from emobench.plugins import installed_plugins, warn
    from emobench.running import audit_task
    from emobench.splits import open_task

    plugins = installed_plugins()
    if table is not None:
        _check_alone({"--suite": suite, "--dataset": dataset, "--protocol": protocol, "--labels": labels})
        numbers = parse_numbers(values, votes)
        return _of_table(table, lists, columns, settings, group_from, numbers, report, as_json=as_json)
    for option, value in {
        "--split": lists,
        "--column": columns,
        "--group-from": group_from,
        "--values": values,
        "--votes": votes,
        "--report": report,
    }.items():
        if value:
            raise EmobenchError("belongs to --table", where=option, remedy="remove it, or name a table")
    problems: list[str] = []
    if dataset and labels and protocol and suite is None:
        for option in [name for name, value in {"--only": only, "--encoder": encoders}.items() if value]:
            raise EmobenchError("belongs to --suite", where=option, remedy="remove it")
        tasks = [open_task(dataset, protocol, labels, parse_settings(settings), data, plugins, limit)]
    else:
        _check_options(suite, {"--dataset": dataset, "--labels": labels, "--protocol": protocol})
        tasks, problems = _of_suite(str(suite), only, encoders, data, limit, plugins)
    audited = []
    for task in tasks:
        try:
            audited.append((task, audit_task(task)))
        except EmobenchError as error:
            problems.append(f"{task.copy.dataset}, {task.protocol.name}: {error}")
    if out is not None:
        _write(out, [report for _, reports in audited for report in reports])
    if as_json:
        echo_json([report.model_dump(mode="json") for _, reports in audited for report in reports])
    else:
        _print(audited)
    for problem in problems:
        warn(f"not audited: {problem}")
    findings = [finding for _, reports in audited for report in reports for finding in report.findings]
    return 2 if problems else int(any(finding.severity == "error" for finding in findings))


def _check_alone(others: dict[str, str | None]) -> None:
    for option, value in others.items():
        if value:
            raise EmobenchError("does not go with --table", where=option, remedy="remove it")


def _of_table(
    table: Path,
    lists: str | None,
    columns: tuple[str, ...],
    settings: tuple[str, ...],
    group_from: str,
    numbers: Numbers,
    report: Path | None,
    *,
    as_json: bool,
) -> int:
    from emobench.audits import AUDITS
    from emobench.boards import render_audits
    from emobench.plugins import installed_plugins
    from emobench.running import NAMES_ALONE, audit_task
    from emobench.splits import OverlapError
    from emobench.storage import atomic

    of_lists = {name: str(value) for name, value in parse_settings(settings).items()}
    task, here = task_of_table(
        table,
        lists,
        parse_columns(columns),
        of_lists,
        group_from,
        installed_plugins(),
        numbers=numbers,
        quiet=as_json,
    )
    try:
        reports = audit_task(task, AUDITS if here else NAMES_ALONE)
        facts = [*facts_of(task, here=here)]
    except OverlapError as error:  # of a split that somebody else made, it is the finding
        if as_json:
            echo_json([{"severity": "error", "audit": "overlap", "what": error.what}])
        else:
            click.echo(colored(wrapped(f"ERROR    overlap of parts: {error.what}", "  ", 11), "ERROR") + "\n\n1 error")
        return 1
    if as_json:
        echo_json([each.model_dump(mode="json") for each in reports])
    else:
        for fact in facts:
            click.echo(wrapped(fact, "", 2))
        click.echo()
        found = Counter(error=0, warning=0, note=0) + Counter(print_findings(reports))
        click.echo("\n" + ", ".join(counted(found[name], name, f"{name}s") for name in ("error", "warning", "note")))
    if report is not None:
        with atomic(report) as file:
            file.write(render_audits(f"Audit of {task.dataset.name}", facts, reports).encode())
    return int(any(finding.severity == "error" for each in reports for finding in each.findings))


def _write(folder: Path, reports: list[AuditReport]) -> None:
    from emobench.records import replace_report, scrub_audit

    for report in reports:
        replace_report(folder, scrub_audit(report))


def _check_options(suite: str | None, single: dict[str, str | None]) -> None:
    missing = [option for option, value in single.items() if not value]
    if (suite is None) == (len(missing) == len(single)):
        raise EmobenchError("it needs either --suite or --dataset, --labels and --protocol", remedy="give one of them")
    if suite is None:
        raise EmobenchError(f"it needs {missing[0]} too", where=", ".join(single), remedy="add it")


def _of_suite(
    name: str,
    only: tuple[str, ...],
    encoders: tuple[str, ...],
    data: Path | None,
    limit: int | None,
    registry: Registry,
) -> tuple[list[Task], list[str]]:
    """Return what the models of a suite work on, each once, and what cannot be audited although it is here."""
    from emobench.planning import Request, make_plan

    plan = make_plan(Request(name, data, only=only, limit=limit, encoders=encoders), registry)
    planned = {job.cell.experiment for job in plan.jobs} | {skip.experiment for skip in plan.skipped if skip.same_as}
    tasks: list[Task] = []
    for experiment in plan.experiments:
        if experiment.name in planned and experiment.protocol is not None:
            copy = plan.found[str(experiment.dataset)].copy
            assert copy is not None  # it has a cell
            tasks.append(plan.tasks.task(copy, str(experiment.labels), experiment.protocol, limit=limit))
    unusable = grouped((skip.reason, skip.experiment) for skip in plan.skipped if skip.unusable)
    return list(dict.fromkeys(tasks)), [f"{', '.join(names)}: {reason}" for reason, names in unusable.items()]


def _print(audited: list[tuple[Task, tuple[AuditReport, ...]]]) -> None:
    total = Counter(error=0, warning=0, note=0)
    for task, reports in audited:
        first = reports[0]
        changed = [name for name, value in task.parameters.items() if value != task.protocol.parameters.get(name)]
        rule = " ".join([first.protocol.name, *(f"{name}={task.parameters[name]}" for name in changed)])
        folds = f", {len(reports)} folds" if len(reports) > 1 else ""
        click.echo(wrapped(f"{first.dataset}, {first.labels}, {rule}{folds}"))
        echo_provenance(task.copy.provenance)
        parts = ", ".join(f"{part} {count:,}" for part, count in first.counts.items())
        click.echo(wrapped(f"{'the first: ' if folds else ''}{parts}") + "\n")
        total.update(print_findings(reports))
        for reason, names in grouped((reason, name) for name, reason in first.not_run.items()).items():
            click.echo(wrapped(f"not run: {', '.join(names)}: {reason}", "  ", 11))
        click.echo()
    numbers = [counted(number, name, f"{name}s") for name, number in total.items()]
    click.echo(", ".join(numbers) if audited else "nothing to audit")
