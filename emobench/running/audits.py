"""Audits of a run: each split that its cells train and test on, once, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emobench.audits import AUDITS, report_id, run_audits
from emobench.errors import EmobenchError
from emobench.planning import Job, Plan
from emobench.progress import counting
from emobench.records import AuditReport, Record, stored_report, write_report
from emobench.running.cell import failed_record
from emobench.running.planned_task import load_task
from emobench.splits import Task


def audit_plan(plan: Plan) -> dict[str, AuditReport]:
    """Return the audit of every cell that a model computes, by its id; what was audited before is read from the run folder.

    A cell whose data changed since it was planned has none: it will fail, and say so.

    Raises:
        EmobenchError: a report cannot be written.
    """
    known: dict[str, AuditReport | None] = {}
    reports = {}
    for job in plan.jobs:
        if job.root is None:  # made from other cells
            continue
        identity = job.cell.identity
        key = report_id(identity.dataset, identity.content, identity.labels, identity.split)
        if key not in known:
            known[key] = stored_report(plan.run, key) or _audited(job, plan)
        if (report := known[key]) is not None:
            reports[job.cell.id] = report
    return reports


def _audited(job: Job, plan: Plan) -> AuditReport | None:
    try:
        task = load_task(job, plan.tasks)
    except EmobenchError:
        return None
    report = _audit(task)
    write_report(plan.run, report)
    return report


NAMES_ALONE = (
    "groups-in-two-parts",
    "takes-in-two-parts",
    "parents-in-two-parts",
    "class-balance",
    "raters",
    "value-ranges",
)
"""The audits that need no file of a sample."""


def audit_task(task: Task, names: Iterable[str] = AUDITS) -> tuple[AuditReport, ...]:
    """Return the audit of a task's split, or of each of its folds; all audits, or some by their names."""
    return tuple(_audit(fold, names) for fold in task.by_fold.values())


def _audit(task: Task, names: Iterable[str] = AUDITS) -> AuditReport:
    with counting(f"audit of {task.dataset.name}") as step:
        return run_audits(
            task.dataset,
            task.copy,
            task.samples,
            task.split,
            labels=task.labels,
            protocol=task.rule,
            step=step,
            names=names,
            target=task.target,
        )


def keep_back(plan: Plan, todo: list[Job], reports: Mapping[str, AuditReport]) -> list[Record]:
    """Write and return the failed record of every cell that an audit of the suite's ``stop_on`` keeps from being run.

    An audit that failed keeps a cell back too, for what a suite makes a condition must be known to hold; one that the data
    has nothing for (a question about sounds, of images) does not.
    """
    records = []
    stop_on = {part.name: part.stop_on for part in plan.suite.parts}
    for job in todo:
        report = reports.get(job.cell.id)
        if report and (reason := _reason(report, stop_on[job.cell.suite])):
            records.append(failed_record(job, "AuditStop", f"not run, since the suite stops on it: {reason}"))
    return records


def _reason(report: AuditReport, stop_on: tuple[str, ...]) -> str:
    for name in stop_on:
        if name in report.failed:
            return f"{name}: {report.not_run[name]}"
        for finding in report.findings:
            if finding.audit == name:
                return f"{name}{f' ({finding.part})' if finding.part else ''}: {finding.what}"
    return ""
