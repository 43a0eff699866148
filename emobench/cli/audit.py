"""``emobench audit``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli import _completion
from emobench.cli._options import UserPath, data_option, json_option, limit_option, only_option, suite_option
from emobench.cli._tables import echo_json, echo_provenance, grouped, print_findings, wrapped
from emobench.errors import EmobenchError, counted

if TYPE_CHECKING:
    from emobench.plugins import Registry
    from emobench.records import AuditReport
    from emobench.splits import Task


@click.command(short_help="Look for what is wrong with a split's samples.")
@suite_option(help="Audit what the models of this suite are trained and tested on: a name, or a .toml file.")
@only_option(shell_complete=_completion.experiments, help="Only matching experiments of the suite; repeatable.")
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
    help="What divides it (emobench list protocols), with default parameters.",
)
@data_option()
@limit_option()
@click.option(
    "--out",
    type=UserPath(),
    help="Write the reports into this folder of a run or of boards, in place of earlier ones of the same splits.",
)
@json_option(help="For a program to read: a list with one report a split.")
def audit(
    suite: str | None,
    only: tuple[str, ...],
    dataset: str | None,
    labels: str | None,
    protocol: str | None,
    data: Path | None,
    limit: int | None,
    out: Path | None,
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
    """
    from emobench.plugins import installed_plugins, warn
    from emobench.running import audit_task
    from emobench.splits import open_task

    plugins = installed_plugins()
    problems: list[str] = []
    if dataset and labels and protocol and suite is None:
        if only:
            raise EmobenchError("belongs to --suite", where="--only", remedy="remove it")
        tasks = [open_task(dataset, protocol, labels, {}, data, plugins, limit)]
    else:
        _check_options(suite, {"--dataset": dataset, "--labels": labels, "--protocol": protocol})
        tasks, problems = _of_suite(str(suite), only, data, limit, plugins)
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
    name: str, only: tuple[str, ...], data: Path | None, limit: int | None, registry: Registry
) -> tuple[list[Task], list[str]]:
    """Return what the models of a suite work on, each once, and what cannot be audited although it is here."""
    from emobench.planning import Request, make_plan

    plan = make_plan(Request(name, data, only=only, limit=limit), registry)
    planned = {job.cell.experiment for job in plan.jobs} | {skip.experiment for skip in plan.skipped if skip.same_as}
    tasks: list[Task] = []
    for experiment in plan.suite.experiments:
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
        changed = [name for name, value in task.parameters.items() if value != task.protocol.parameters[name]]
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
