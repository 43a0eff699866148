"""Audits of a run: each split that its cells train and test on, once, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.audits import AuditReport, read_report, report_id, run_audits, write_report
from emobench.cells import Component
from emobench.contracts import Dataset, Split
from emobench.datasets import Source
from emobench.errors import EmobenchError
from emobench.plan import Job, Plan
from emobench.plugins import Registry
from emobench.records import Record
from emobench.runner import failed_record, load_split
from emobench.tasks import Task

if TYPE_CHECKING:
    import pandas as pd


def audit_plan(plan: Plan, plugins: Registry) -> dict[str, AuditReport]:
    """Return the audit of every cell that a model computes, by its id; what was audited before is read from the run folder.

    A cell whose data changed since it was planned has none: it will fail, and say so.

    Args:
        plan: what is to be run.
        plugins: the registry.

    Raises:
        EmobenchError: a report cannot be written.
    """
    known: dict[str, AuditReport] = {}
    reports = {}
    for job in plan.jobs:
        if job.root is None:  # made from other cells
            continue
        identity = job.cell.identity
        key = report_id(identity.dataset, identity.content, identity.labels, identity.split)
        report = known.get(key) or _stored(plan.run, key) or _audited(job, plan.run, plugins)
        if report is not None:
            known[key] = reports[job.cell.id] = report
    return reports


def keep_back(plan: Plan, todo: list[Job], reports: Mapping[str, AuditReport]) -> list[Record]:
    """Write and return the failed record of every cell that an audit of the suite's ``stop_on`` keeps from being run.

    An audit that failed keeps a cell back too, for what a suite makes a condition must be known to hold; one that the data
    has nothing for (a question about sounds, of images) does not.

    Args:
        plan: what is run.
        todo: the cells that have no result yet.
        reports: from :func:`audit_plan`.
    """
    records = []
    for job in todo:
        report = reports.get(job.cell.id)
        reason = _reason(report, plan.suite.stop_on) if report else ""
        if reason:
            message = f"not run, since the suite stops on it: {reason}"
            records.append(failed_record(job, "AuditStop", message))
    return records


def _reason(report: AuditReport, stop_on: tuple[str, ...]) -> str:
    for name in stop_on:
        if name in report.failed:
            return f"{name}: {report.not_run[name]}"
        for finding in report.findings:
            if finding.audit == name:
                where = f" ({finding.part})" if finding.part else ""
                return f"{name}{where}: {finding.what}"
    return ""


def _stored(run: Path, report: str) -> AuditReport | None:
    try:
        return read_report(run, report)
    except EmobenchError:
        return None


def _audited(job: Job, run: Path, plugins: Registry) -> AuditReport | None:
    identity = job.cell.identity
    try:
        source, samples, split = load_split(job, plugins)
    except EmobenchError:
        return None
    dataset = plugins.find("datasets", identity.dataset)
    report = _audit_split(dataset, source, samples, split, identity.labels, identity.protocol)
    write_report(run, report)
    return report


def audit_task(task: Task) -> tuple[AuditReport, ...]:
    """Return the audit of a task's split, or of each of its folds."""
    return tuple(
        _audit_split(
            task.dataset,
            task.source,
            task.samples,
            split,
            task.labels,
            Component(name=task.protocol.name, parameters={**task.parameters, **({"fold": fold} if fold else {})}),
        )
        for fold, split in task.splits.items()
    )


def _audit_split(
    dataset: Dataset, source: Source, samples: pd.DataFrame, split: Split, labels: str, protocol: Component
) -> AuditReport:
    """Run every audit, with a line of progress while files are decoded."""
    from tqdm import tqdm

    with tqdm(desc=f"audit of {dataset.name}", unit=" samples", leave=False, disable=None) as bar:
        return run_audits(dataset, source, samples, split, labels=labels, protocol=protocol, step=bar.update)


def read_reports(folder: Path) -> list[AuditReport]:
    """Return every audit report beneath a folder of runs or boards, in the order of their names; none that cannot be read."""
    found = (_stored(path.parent.parent, path.stem) for path in sorted(folder.glob("**/audits/*.json")))
    return [report for report in found if report is not None]
