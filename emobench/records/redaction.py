"""What a record knows about the machine it was made on, and a published board must not."""

from __future__ import annotations

import re
from typing import Any

from emobench.records.audit_report import AuditReport
from emobench.records.record import Record

# Two folders or more at the start of an absolute path; a URL and a relative path are left alone.
_FOLDERS = re.compile(r"(?<![\w.~/])/(?!/)(?:[^\s/'\"<>|]+/)+|\b[A-Za-z]:\\(?:[^\s\\'\"<>|]+\\)+")


def scrub(record: Record) -> Record:
    """Return the record without its traceback, and without folders of the machine in its messages.

    An absolute path keeps its last component: ``/home/me/a.png`` becomes ``…/a.png``.
    """
    changes: dict[str, Any] = {
        "dropped": tuple(
            sample.model_copy(update={"reason": _without_folders(sample.reason)}) for sample in record.dropped
        ),
        "warnings": tuple(_without_folders(record.warnings)),
        "environment": _without_folders(record.environment),
    }
    if failure := record.failure:
        message = _without_folders(failure.message)
        changes["failure"] = failure.model_copy(update={"message": message, "traceback": ""})
    return record.model_copy(update=changes)


def scrub_audit(report: AuditReport) -> AuditReport:
    """Return the report without folders of the machine in its messages."""
    findings = tuple(
        finding.model_copy(
            update={"what": _without_folders(finding.what), "examples": tuple(_without_folders(finding.examples))}
        )
        for finding in report.findings
    )
    return report.model_copy(update={"findings": findings, "not_run": _without_folders(report.not_run)})


def _without_folders(value: Any) -> Any:
    """Shorten every absolute path in a text, or in all texts of a value as JSON holds it."""
    if isinstance(value, str):
        return _FOLDERS.sub("…/", value)
    if isinstance(value, dict):
        return {key: _without_folders(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(item) for item in value]
    return value
