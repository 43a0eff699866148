"""What audits say of a split: findings, and the file that holds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from emobench.cells import Component, Frozen
from emobench.codehash import package_hash
from emobench.errors import EmobenchError
from emobench.records import write_json

SCHEMA_VERSION = 1
EXAMPLES = 5
"""How many examples a finding has at most."""

FAILED = "the audit failed: "
"""How the reason of an audit begins that did not merely find nothing to look at."""

Severity = Literal["error", "warning", "note"]

SEVERITY_MEANING: Mapping[Severity, str] = {
    "error": "makes a test score wrong",
    "warning": "a reader of the score must know it",
    "note": "information",
}


class AuditFinding(Frozen):
    """One thing that an audit found.

    Attributes:
        audit: name of the audit.
        severity: see :data:`SEVERITY_MEANING`.
        part: where: a part, or ``"<fitted part> / <tested part>"``; empty for what concerns all parts together.
        count: how many samples it concerns; where two parts share something, how many of the second one.
        what: one sentence without a final full stop.
        examples: sample ids, pairs of them (``a = b``; ``a ~ b`` for what is nearly the same), or values of a column.
    """

    audit: str
    severity: Severity
    part: str
    count: int
    what: str
    examples: tuple[str, ...] = Field(default=(), max_length=EXAMPLES)


class AuditReport(Frozen):
    """What all audits said of the parts of a dataset under a protocol.

    Attributes:
        schema_version: of this file format.
        id: see :func:`report_id`.
        dataset: its name.
        content: sha256 of the copy's samples, labels and files.
        labels: label map, as ``name@version``.
        protocol: the rule that divided the samples, with its parameters.
        split: sha256 of the sorted sample ids of each part.
        counts: number of samples by part.
        audits: names of those that ran, in order.
        findings: in the order of the audits.
        not_run: name of an audit that could not run, to the reason.
    """

    schema_version: int = SCHEMA_VERSION
    id: str
    dataset: str
    content: str
    labels: str
    protocol: Component
    split: dict[str, str]
    counts: dict[str, int]
    audits: tuple[str, ...]
    findings: tuple[AuditFinding, ...] = ()
    not_run: dict[str, str] = {}


def report_id(dataset: str, content: str, labels: str, split: Mapping[str, str]) -> str:
    """Return 16 hexadecimal digits over what determines a report: the data, the parts and the code of the audits.

    Args:
        dataset: its name.
        content: sha256 of the copy's samples, labels and files.
        labels: label map, as ``name@version``.
        split: sha256 of the sorted sample ids of each part.
    """
    known = {"dataset": dataset, "content": content, "labels": labels, "split": dict(split), "code": audits_code()}
    text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def audits_code() -> str:
    """Return 16 hexadecimal digits over every module of this package."""
    return package_hash(__name__.rpartition(".")[0])


def report_path(folder: Path, report: str) -> Path:
    """Return where in a run folder the report of this id lies."""
    return folder / "audits" / f"{report}.json"


def write_report(folder: Path, report: AuditReport) -> Path:
    """Write a report into a run folder, whole or not at all, and return its file."""
    path = report_path(folder, report.id)
    write_json(path, report.model_dump(mode="json"))
    return path


def read_report(folder: Path, report: str) -> AuditReport:
    """Read the report of this id from a run folder.

    Raises:
        EmobenchError: it is not there, is no report, or has another schema version.
    """
    path = report_path(folder, report)
    try:
        content = json.loads(path.read_bytes())
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version != SCHEMA_VERSION:
            raise EmobenchError(
                f"schema version {version!r}, this emobench reads {SCHEMA_VERSION}",
                where=str(path),
                remedy="use the emobench that wrote it, or audit again",
            )
        return AuditReport.model_validate(content)
    except (OSError, ValueError, ValidationError) as error:
        raise EmobenchError(
            f"not an audit report: {str(error).splitlines()[0]}", where=str(path), remedy="delete it and audit again"
        ) from error
