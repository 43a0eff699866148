"""What audits say of a split: findings, the file that holds them, and what several reports have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from emobench.records.frozen import Frozen
from emobench.records.identity import Component
from emobench.storage import write_json

EXAMPLES = 5
"""How many examples a finding has at most."""

EXACT_OR_NEAR = "exact-or-near-duplicates"
"""The audit that puts together what the others find of tested samples that equal or nearly equal one that is fitted on."""

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
        part: a part, or ``"<fitted part> / <tested part>"``; empty for what concerns all parts together.
        count: how many samples it concerns; where two parts share something, how many of the second one.
        what: one sentence without a final full stop.
        examples: sample ids, pairs of them (``a = b``; ``a ~ b`` for what is nearly the same), or values of a column.
        tested: of exact and near duplicates of what is fitted on, the id of every tested sample that has one, sorted.
        threshold_bits: of near duplicates, in how many bits the hashes of two images may differ that count as one.
        numbers: what the sentence says, by name; of ``raters``: ``raters_least``, ``raters_median`` and ``raters_most`` a
            sample, ``one_rater`` and ``ties``, shares of samples, and ``alpha``, Krippendorff's; of ``value-ranges``:
            ``<dimension>.min``, ``.max`` and ``.mean``.
    """

    audit: str
    severity: Severity
    part: str
    count: int
    what: str
    examples: tuple[str, ...] = Field(default=(), max_length=EXAMPLES)
    tested: tuple[str, ...] = ()
    threshold_bits: int | None = None
    numbers: dict[str, float] = Field(default={}, exclude_if=lambda value: not value)


@dataclass(frozen=True)
class Duplicated:
    """Tested samples that equal or nearly equal one that is fitted on.

    Attributes:
        samples: their ids, of all test parts.
        threshold_bits: in how many bits the hashes of two images may differ that are nearly equal; ``None`` where only
            equal content was looked for, there being no images.
    """

    samples: frozenset[str]
    threshold_bits: int | None


class AuditReport(Frozen):
    """What all audits said of the parts of a dataset under a protocol.

    Attributes:
        id: see :func:`emobench.audits.report_id`.
        content: sha256 of the copy's samples, labels and files.
        labels: label map, as ``name@version``.
        split: sha256 of the sorted sample ids of each part.
        counts: number of samples by part.
        audits: names of those that ran, in order.
        findings: in the order of the audits.
        not_run: name of an audit that could not run, to the reason.
        failed: names of those in ``not_run`` that broke, rather than had nothing to look at.
    """

    schema_version: Literal[1] = 1
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

    @property
    def duplicated(self) -> Duplicated | None:
        """What a clean subset leaves out; ``None`` where it was not asked, or by a version that did not name every sample."""
        if EXACT_OR_NEAR not in self.audits:
            return None
        samples = frozenset(sample for finding in self.findings for sample in finding.tested)
        bits = [one.threshold_bits for one in self.findings if one.threshold_bits is not None]
        return Duplicated(samples, max(bits, default=None))


def report_path(folder: Path, report: str) -> Path:
    """Return the file of the report with this id in a run folder."""
    return folder / "audits" / f"{report}.json"


def write_report(folder: Path, report: AuditReport) -> Path:
    """Write a report into a run folder, whole or not at all, and return its file."""
    path = report_path(folder, report.id)
    write_json(path, report.model_dump(mode="json"))
    return path


def replace_report(folder: Path, report: AuditReport) -> Path:
    """Write a report in place of every other one about the same split, as the code of audits changes the ids of reports."""
    path = write_report(folder, report)
    about = report.dataset, report.content, report.labels, report.split
    for other in sorted(path.parent.glob("*.json")):
        known = stored_report(folder, other.stem)
        if known and other != path and (known.dataset, known.content, known.labels, known.split) == about:
            other.unlink()
    return path


def stored_report(run: Path, report: str) -> AuditReport | None:
    """Return the report with an id; ``None`` where there is none that this emobench can read."""
    try:
        return AuditReport.model_validate_json(report_path(run, report).read_bytes())
    except (OSError, ValueError):
        return None


def read_reports(folder: Path) -> list[AuditReport]:
    """Return every readable audit report under a folder of runs or boards, in the order of their names."""
    found = (stored_report(path.parent.parent, path.stem) for path in sorted(folder.glob("**/audits/*.json")))
    return [report for report in found if report is not None]


@dataclass(frozen=True)
class Merged:
    """A finding of one or several reports.

    Attributes:
        finding: as the first report that has it says it.
        counts: its number of samples in each report that has it.
        of: how many reports there are.
    """

    finding: AuditFinding
    counts: tuple[int, ...]
    of: int

    @property
    def count(self) -> str:
        """The number of samples, or the range of it over the reports."""
        low, high = min(self.counts), max(self.counts)
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"

    @property
    def what(self) -> str:
        """The sentence, and of which of the reports it is."""
        if len(self.counts) < self.of:
            return f"in {len(self.counts)} of {self.of} folds; the first of them: {self.finding.what}"
        if len(set(self.counts)) > 1:
            return f"in every fold; the first: {self.finding.what}"
        return self.finding.what


def merged(reports: Iterable[AuditReport]) -> list[Merged]:
    """Return the findings, those of several reports that differ in numbers at most once, the gravest first."""
    known = list(reports)
    same: dict[tuple[str, str, str, int], list[AuditFinding]] = {}
    for report in known:
        seen: Counter[tuple[str, str, str]] = Counter()
        for finding in report.findings:
            kind = finding.audit, finding.severity, finding.part
            seen[kind] += 1  # one audit may say two things of a part: of sounds and of images
            same.setdefault((*kind, seen[kind]), []).append(finding)
    lines = [Merged(found[0], tuple(finding.count for finding in found), len(known)) for found in same.values()]
    severities = list(SEVERITY_MEANING)
    return sorted(lines, key=lambda line: severities.index(line.finding.severity))
