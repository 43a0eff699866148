"""What a record knows about the machine it was made on, and a published board must not."""

from __future__ import annotations

import re
from typing import Any

from emobench.records.audit_report import AuditReport
from emobench.records.record import Record

# Two folders or more at the start of an absolute path; a URL and a relative path are left alone.
_FOLDERS = re.compile(r"(?<![\w.~/])/(?!/)(?:[^\s/'\"<>|]+/)+|\b[A-Za-z]:\\(?:[^\s\\'\"<>|]+\\)+")


def scrub(record: Record) -> Record:
    """Return the record without its traceback, and without folders of the machine in its messages."""
    failure = record.failure and record.failure.model_copy(
        update={"message": without_folders(record.failure.message), "traceback": ""}
    )
    return record.model_copy(
        update={
            "failure": failure,
            "dropped": tuple(one.model_copy(update={"reason": without_folders(one.reason)}) for one in record.dropped),
            "warnings": tuple(map(without_folders, record.warnings)),
            "environment": _without_folders(record.environment),
        }
    )


def scrub_audit(report: AuditReport) -> AuditReport:
    """Return the report without folders of the machine in its messages."""
    findings = tuple(
        one.model_copy(
            update={"what": without_folders(one.what), "examples": tuple(map(without_folders, one.examples))}
        )
        for one in report.findings
    )
    not_run = {name: without_folders(reason) for name, reason in report.not_run.items()}
    return report.model_copy(update={"findings": findings, "not_run": not_run})


def without_folders(text: str) -> str:
    """Shorten every absolute path in a text to its last component: ``/home/me/a.png`` becomes ``…/a.png``."""
    return _FOLDERS.sub("…/", text)


def _without_folders(value: Any) -> Any:
    if isinstance(value, str):
        return without_folders(value)
    if isinstance(value, dict):
        return {key: _without_folders(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(one) for one in value]
    return value
