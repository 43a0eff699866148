"""``emobench audit``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli import completing
from emobench.cli.options import data_option, only_option, suite_option
from emobench.cli.tables import wrapped
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.audit_report import AuditReport, Merged
    from emobench.cells import Component
    from emobench.datasets import Source
    from emobench.plugins import Registry


@click.command(short_help="Look for what is wrong with a split's samples.")
@suite_option(help="Audit what the models of this suite are trained and tested on: a name, or a .toml file.")
@only_option("Only matching experiments of the suite; repeatable.", completing.experiments)
@click.option(
    "--dataset",
    shell_complete=completing.names_of("datasets"),
    help="Audit one dataset, with --labels and --protocol, instead of a suite.",
)
@click.option(
    "--labels", shell_complete=completing.names_of("label_maps"), help="Its label map (emobench list label-maps)."
)
@click.option(
    "--protocol",
    shell_complete=completing.names_of("protocols"),
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
    from emobench.plugins import registry

    plugins = registry()
    single = {"--dataset": dataset, "--labels": labels, "--protocol": protocol}
    if (suite is None) == all(value is None for value in single.values()):
        raise EmobenchError("wants either --suite or --dataset, --labels and --protocol", remedy="give one of them")
    if suite is not None:
        tasks, problems = _of_suite(suite, only, data, limit, plugins)
    else:
        for option, value in single.items():
            if value is None:
                raise EmobenchError(f"wants {option} too", where="--dataset, --labels and --protocol", remedy="add it")
        if only:
            raise EmobenchError("belongs to --suite", where="--only", remedy="remove it")
        tasks, problems = [_single(str(dataset), str(labels), str(protocol), data, plugins)], []
    audited = []
    for task in tasks:
        try:
            audited.append((task, _reports(task, limit, plugins)))
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


@dataclass(frozen=True)
class _Task:
    """A dataset under a label map and a protocol.

    Attributes:
        source: the copy.
        labels: name of the label map.
        protocol: with what is set of its parameters.
    """

    source: Source
    labels: str
    protocol: Component


def _of_suite(
    name: str, only: tuple[str, ...], data: Path | None, limit: int | None, registry: Registry
) -> tuple[list[_Task], list[str]]:
    """Return what the models of a suite work on, each once, and what cannot be audited although it is here."""
    from emobench.cells import Component
    from emobench.plan import Request, make_plan

    plan = make_plan(Request(name, data, only=only, limit=limit), registry)
    planned = {job.cell.experiment for job in plan.jobs} | {skip.experiment for skip in plan.skipped if skip.same_as}
    tasks: dict[str, _Task] = {}
    for experiment in plan.suite.experiments:
        if experiment.name not in planned or experiment.protocol is None:
            continue
        source = plan.found[str(experiment.dataset)].source
        assert source is not None  # it has a cell
        protocol = Component(name=experiment.protocol.name, parameters=experiment.protocol.parameters)
        key = json.dumps([source.dataset, experiment.labels, protocol.model_dump()], sort_keys=True, default=str)
        tasks.setdefault(key, _Task(source, str(experiment.labels), protocol))
    unusable: dict[str, list[str]] = {}
    for skip in plan.skipped:
        if skip.unusable:
            unusable.setdefault(skip.reason, []).append(skip.experiment)
    return list(tasks.values()), [f"{', '.join(names)}: {reason}" for reason, names in unusable.items()]


def _single(dataset: str, labels: str, protocol: str, data: Path | None, registry: Registry) -> _Task:
    from emobench.cells import Component
    from emobench.tasks import find_source

    plugin = registry.find("datasets", dataset)
    registry.find("label_maps", labels)
    registry.find("protocols", protocol)
    return _Task(find_source(plugin, data, registry), labels, Component(name=protocol))


def _reports(task: _Task, limit: int | None, registry: Registry) -> tuple[AuditReport, ...]:
    """Return the report of a task, or of each of its folds.

    Raises:
        EmobenchError: the labels or the protocol do not suit the dataset, or a plugin throws.
    """
    from emobench.auditing import audit_task
    from emobench.protocols import with_defaults
    from emobench.tasks import divided

    dataset, rule = registry.datasets[task.source.dataset], registry.protocols[task.protocol.name]
    parameters = with_defaults(rule.parameters, task.protocol.parameters, f"protocol {rule.name!r}")
    return audit_task(divided(dataset, task.source, registry.label_maps[task.labels], rule, parameters, limit))


# --------------------------------------------------------------------------------------------------- output


def _print(audited: list[tuple[_Task, tuple[AuditReport, ...]]]) -> None:
    from emobench.audit_report import merged
    from emobench.cells import PROVENANCE_MEANING

    total: dict[str, int] = {"error": 0, "warning": 0, "note": 0}
    for task, reports in audited:
        first = reports[0]
        parameters = {**task.protocol.parameters}
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
