"""What the audits of a task's splits found, for people."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.audits import AUDITS
from emobench.boards.board import BoardTask
from emobench.boards.tables import COUNT, Block, Column, Heading, Table
from emobench.boards.text import NONE, Text, emphasis, joined
from emobench.records import SEVERITY_MEANING, AuditReport, merged

EXAMPLES = 2


def of_task(task: BoardTask) -> Iterator[Block]:
    """Yield a table for each split that rows of the task were trained on, with what was not asked of it."""
    audited: dict[tuple[str, ...], tuple[tuple[AuditReport, ...], list[str]]] = {}
    for row in task.rows:
        if row.audits:
            key = tuple(report.id for report in row.audits)
            audited.setdefault(key, (row.audits, []))[1].append(row.cell.experiment)
    if not audited:
        return
    yield Heading("Audits")
    present = {finding.severity for several, _ in audited.values() for report in several for finding in report.findings}
    levels: list[Text] = [
        (emphasis(severity), f": {meaning}") for severity, meaning in SEVERITY_MEANING.items() if severity in present
    ]
    said: Text = (" (", joined(levels, "; "), ")") if levels else ""
    policies = any(row.cell.identity.policies for row in task.rows)
    dropped = "; policies had dropped samples before, as the row says" if policies else "; nothing was dropped"
    yield "What was found in the very samples that were trained and tested on, before training", said, f"{dropped}."
    for reports, experiments in audited.values():
        if len(audited) > 1:
            yield f"Of {', '.join(experiments)}:"
        yield from of_reports(reports)


def of_reports(reports: tuple[AuditReport, ...]) -> Iterator[Block]:
    """Yield what the audits of a split, or of its folds, found, and what was not asked."""
    columns = [Column("severity"), Column("audit"), Column("parts"), Column("samples", COUNT)]
    columns += [Column("what was found"), Column("for example")]
    lines = [
        [
            line.finding.severity,
            _title(line.finding.audit),
            line.finding.part or NONE,
            line.count,
            line.what,
            "; ".join(line.finding.examples[:EXAMPLES]) or NONE,
        ]
        for line in merged(reports)
    ]
    yield Table("What the audits found", columns, lines) if lines else "Nothing was found."
    yield f"Asked: {', '.join(_title(name) for name in reports[0].audits if name in AUDITS)}."
    if reports[0].not_run:
        yield f"Not asked: {'; '.join(f'{_title(name)} ({why})' for name, why in reports[0].not_run.items())}."


def _title(audit: str) -> str:
    return AUDITS[audit].title if audit in AUDITS else audit
