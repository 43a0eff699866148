"""What the folds of one protocol, or the rows of one task, have in common in their audits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emobench.audits.report import SEVERITY_MEANING, AuditFinding, AuditReport


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
