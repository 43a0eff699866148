"""What the audits of a task's splits found, for people."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.audit_report import SEVERITY_MEANING, AuditReport, merged
from emobench.audits import AUDITS
from emobench.leaderboard.grid import Column, grid
from emobench.leaderboard.table import Row, Task
from emobench.leaderboard.text import NONE, plain

EXAMPLES = 2


def of_task(task: Task) -> Iterator[str]:
    """Yield a table for each split that rows of the task were trained on, with what was not asked of it."""
    audited: dict[tuple[str, ...], list[Row]] = {}
    reports: dict[tuple[str, ...], tuple[AuditReport, ...]] = {}
    for row in task.rows:
        if row.audits:
            key = tuple(report.id for report in row.audits)
            audited.setdefault(key, []).append(row)
            reports[key] = row.audits
    if not audited:
        return
    yield "### Audits"
    present = {one.severity for several in reports.values() for report in several for one in report.findings}
    levels = [f"*{level}*: {meaning}" for level, meaning in SEVERITY_MEANING.items() if level in present]
    said = f" ({'; '.join(levels)})" if levels else ""
    policies = [policy for row in task.rows for policy in row.cell.identity.policies.items()]
    dropped = "; policies had dropped samples before, as the row says" if policies else "; nothing was dropped"
    yield f"What was found in the very samples that were trained and tested on, before training{said}{dropped}."
    for key, rows in audited.items():
        if len(audited) > 1:
            yield f"Of {', '.join(plain(row.cell.experiment) for row in rows)}:"
        yield from _of_split(reports[key])


def _of_split(reports: tuple[AuditReport, ...]) -> Iterator[str]:
    columns = [Column("severity"), Column("audit"), Column("parts"), Column("samples", number=True)]
    columns += [Column("what was found"), Column("for example")]
    lines = [
        [
            line.finding.severity,
            plain(AUDITS[line.finding.audit].title if line.finding.audit in AUDITS else line.finding.audit),
            plain(line.finding.part) or NONE,
            line.count,
            plain(line.what),
            "; ".join(map(plain, line.finding.examples[:EXAMPLES])) or NONE,
        ]
        for line in merged(reports)
    ]
    yield grid(columns, lines) if lines else "Nothing was found."
    asked = [AUDITS[name].title for name in reports[0].audits if name in AUDITS]
    yield f"Asked: {', '.join(asked)}."
    if reports[0].not_run:
        names = [
            f"{AUDITS[name].title if name in AUDITS else name} ({why})" for name, why in reports[0].not_run.items()
        ]
        yield f"Not asked: {plain('; '.join(names))}."
