"""What audits say of a split: findings, the file that holds them, and what several reports have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from emobench.errors import EmobenchError
from emobench.records.frozen import Frozen
from emobench.records.identity import Component
from emobench.storage import write_json

SCHEMA_VERSION = 1
EXAMPLES = 5
"""How many examples a finding has at most."""

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
        id: see :func:`emobench.audits.report_id`.
        dataset: its name.
        content: sha256 of the copy's samples, labels and files.
        labels: label map, as ``name@version``.
        protocol: the rule that divided the samples, with its parameters.
        split: sha256 of the sorted sample ids of each part.
        counts: number of samples by part.
        audits: names of those that ran, in order.
        findings: in the order of the audits.
        not_run: name of an audit that could not run, to the reason.
        failed: names of those in ``not_run`` that broke, rather than had nothing to look at.
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
    failed: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Merged:
    """A finding of one or several reports.

    Attributes:
        finding: as the first report that has it says it.
        counts: the smallest and the largest count.
        found_in: how many of the reports have it.
        of: how many reports there are.
    """

    finding: AuditFinding
    counts: tuple[int, int]
    found_in: int
    of: int

    @property
    def count(self) -> str:
        """The number of samples, or the range of it over the reports."""
        low, high = self.counts
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"

    @property
    def what(self) -> str:
        """The sentence, and of which of the reports it is."""
        if self.found_in < self.of:
            return f"in {self.found_in} of {self.of} folds; the first of them: {self.finding.what}"
        if self.of > 1 and self.counts[0] != self.counts[1]:
            return f"in every fold; the first: {self.finding.what}"
        return self.finding.what


def merged(reports: Iterable[AuditReport]) -> Iterator[Merged]:
    """Yield the findings, those of several reports that differ in numbers at most once, the gravest first."""
    known = list(reports)
    kinds: dict[tuple[str, ...], list[AuditFinding]] = {}
    for report in known:
        several: dict[tuple[str, ...], int] = {}
        for finding in report.findings:
            kind = finding.audit, finding.severity, finding.part
            several[kind] = several.get(kind, 0) + 1  # one audit may say two things of a part: of sounds and of images
            kinds.setdefault((*kind, str(several[kind])), []).append(finding)
    lines = [
        Merged(same[0], (min(one.count for one in same), max(one.count for one in same)), len(same), len(known))
        for same in kinds.values()
    ]
    yield from sorted(lines, key=lambda line: list(SEVERITY_MEANING).index(line.finding.severity))


pass


def stored_report(run: Path, report: str) -> AuditReport | None:
    """Return the report with an id; ``None`` where there is none that can be read."""
    try:
        return read_report(run, report)
    except EmobenchError:
        return None


def read_reports(folder: Path) -> list[AuditReport]:
    """Return every audit report beneath a folder of runs or boards, in the order of their names; none that cannot be read."""
    found = (stored_report(path.parent.parent, path.stem) for path in sorted(folder.glob("**/audits/*.json")))
    return [report for report in found if report is not None]
