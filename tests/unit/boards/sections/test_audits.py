"""What audits found in the splits of a task, as blocks."""

from __future__ import annotations

from typing import Any

from emobench.audits import AUDITS
from emobench.boards.board import BoardTask
from emobench.boards.ranking import build_board
from emobench.boards.sections.audits import of_task
from emobench.boards.tables import Block, Table
from emobench.records import AuditFinding, AuditReport
from tests.support.factories import record

NAME, TITLE = next((audit.name, audit.title) for audit in AUDITS.values())


def task(**changes: Any) -> BoardTask:
    """Return a task with one row, whose split was audited as the changes say."""
    one = record()
    about: dict[str, Any] = one.cell.identity.model_dump(include={"dataset", "content", "labels", "protocol", "split"})
    reports = [AuditReport(id="0" * 16, counts={"test": 60}, **about, **changes)] if changes else []
    (only,) = build_board([one], audits=reports).tasks
    return only


def told(blocks: list[Block]) -> list[Block]:
    return [block for block in blocks if isinstance(block, str)]


def test_a_split_that_nobody_audited_has_no_section() -> None:
    assert list(of_task(task())) == []


def test_no_finding_is_said_and_what_was_asked() -> None:
    assert told(list(of_task(task(audits=(NAME,))))) == ["Nothing was found.", f"Asked: {TITLE}."]


def test_what_was_not_asked_has_its_reason() -> None:
    blocks = told(list(of_task(task(audits=(), not_run={NAME: "no column", "gone": "no sound"}))))
    assert blocks[-1] == f"Not asked: {TITLE} (no column); gone (no sound)."


def test_a_finding_shows_two_of_its_examples() -> None:
    found = AuditFinding(audit=NAME, severity="error", part="", count=3, what="3 of them", examples=("a", "b", "c"))
    (table,) = (block for block in of_task(task(audits=(NAME,), findings=(found,))) if isinstance(block, Table))
    assert list(table.rows[0]) == ["error", TITLE, "–", "3", "3 of them", "a; b"]
