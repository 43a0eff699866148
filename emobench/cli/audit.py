"""``emobench audit``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli import _completion
from emobench.cli._options import data_option, only_option, suite_option
from emobench.cli._tables import wrapped
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.plugins import Registry
    from emobench.records import AuditReport, Merged
    from emobench.splits import Task


@click.command(short_help="Look for what is wrong with a split's samples.")
@suite_option(help="Audit what the models of this suite are trained and tested on: a name, or a .toml file.")
@only_option("Only matching experiments of the suite; repeatable.", _completion.experiments)
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
@click.option("--limit", type=click.IntRange(min=1), help="At most so many samples of each part, stratified by class.")
@click.option("--json", "as_json", is_flag=True, help="For a program to read: a list with one report a split.")
def audit(
    suite: str | None,
    only: tuple[str, ...],
    dataset: str | None,
    labels: str | None,
    protocol: str | None,
    data: Path | None,
    limit: int | None,
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
    """
    from emobench.plugins import installed_plugins
    from emobench.running import audit_task
    from emobench.splits import open_task

    plugins = installed_plugins()
    single = {"--dataset": dataset, "--labels": labels, "--protocol": protocol}
    if (suite is None) == all(value is None for value in single.values()):
        raise EmobenchError("it needs either --suite or --dataset, --labels and --protocol", remedy="give one of them")
    if suite is not None:
        tasks, problems = _of_suite(suite, only, data, limit, plugins)
    else:
        for option, value in single.items():
            if value is None:
                raise EmobenchError(
                    f"it needs {option} too", where="--dataset, --labels and --protocol", remedy="add it"
                )
        if only:
            raise EmobenchError("belongs to --suite", where="--only", remedy="remove it")
        tasks, problems = [open_task(str(dataset), str(protocol), str(labels), {}, data, plugins, limit)], []
    audited = []
    for task in tasks:
        try:
            audited.append((task, audit_task(task)))
        except EmobenchError as error:
            problems.append(f"{task.source.dataset}, {task.protocol.name}: {error}")
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for _, reports in audited for one in reports], indent=1))
    else:
        _print(audited)
    for problem in problems:
        click.echo(f"emobench: not audited: {problem}", err=True)
    errors = any(finding.severity == "error" for _, reports in audited for one in reports for finding in one.findings)
    return 2 if problems else int(errors)


# --------------------------------------------------------------------------------------------- what to audit


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
            source = plan.found[str(experiment.dataset)].source
            assert source is not None  # it has a cell
            tasks.append(plan.tasks.task(source, str(experiment.labels), experiment.protocol, limit=limit))
    unusable: dict[str, list[str]] = {}
    for skip in plan.skipped:
        if skip.unusable:
            unusable.setdefault(skip.reason, []).append(skip.experiment)
    return list(dict.fromkeys(tasks)), [f"{', '.join(names)}: {reason}" for reason, names in unusable.items()]


# --------------------------------------------------------------------------------------------------- output


def _print(audited: list[tuple[Task, tuple[AuditReport, ...]]]) -> None:
    from emobench.records import PROVENANCE_MEANING, merged

    total: dict[str, int] = {"error": 0, "warning": 0, "note": 0}
    for task, reports in audited:
        first = reports[0]
        parameters = {name: value for name, value in task.parameters.items() if value != task.protocol.parameters[name]}
        rule = " ".join([first.protocol.name, *(f"{name}={value}" for name, value in parameters.items())])
        click.echo(wrapped(f"{first.dataset}, {first.labels}, {rule}{_of_folds(reports)}"))
        level = task.source.provenance
        click.echo(wrapped(f"{level.upper()}: {PROVENANCE_MEANING[level]}"))
        parts = ", ".join(f"{part} {count:,}" for part, count in first.counts.items())
        click.echo(wrapped(f"{'the first: ' if len(reports) > 1 else ''}{parts}") + "\n")
        lines = list(merged(reports))
        for line in lines:
            total[line.finding.severity] += 1
            _print_line(line)
        if not lines:
            click.echo("  nothing found")
        _print_not_run(first)
        click.echo()
    said = [f"{number} {name}{'' if number == 1 else 's'}" for name, number in total.items()]
    click.echo(", ".join(said) if audited else "nothing to audit")


def _of_folds(reports: Sequence[AuditReport]) -> str:
    return f", {len(reports)} folds" if len(reports) > 1 else ""


def _print_line(line: Merged) -> None:
    where = f" ({line.finding.part})" if line.finding.part else ""
    click.echo(wrapped(f"{line.finding.severity.upper():<8} {line.finding.audit}{where}: {line.count}", "  ", 11))
    click.echo(wrapped(f"{line.what}.", " " * 11, 11))
    if line.finding.examples:
        click.echo(wrapped(f"e.g. {'; '.join(line.finding.examples)}", " " * 11, 16))


def _print_not_run(report: AuditReport) -> None:
    reasons: dict[str, list[str]] = {}
    for name, reason in report.not_run.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        click.echo(wrapped(f"not run: {', '.join(names)}: {reason}", "  ", 11))
