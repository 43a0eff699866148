"""A report of audits as Markdown."""

from __future__ import annotations

from emobench.boards.markdown.audits import render_audits
from emobench.records.audit_report import AuditFinding, AuditReport
from emobench.records.identity import Component


def test_a_report_has_facts_findings_and_what_was_not_asked() -> None:
    finding = AuditFinding(
        audit="groups-in-two-parts", severity="error", part="train / test", count=7, what="2 values | both", examples=()
    )
    report = AuditReport(
        id="0" * 16,
        dataset="mine",
        content="c",
        labels="mine-labels@1",
        protocol=Component(name="listed"),
        split={},
        counts={"train": 3, "test": 7},
        audits=("groups-in-two-parts",),
        findings=(finding,),
        not_run={"takes-in-two-parts": "no column"},
    )
    text = render_audits("Audit of mine", ["train 3, test 7"], (report,))
    assert text.startswith("## Audit of mine\n\n- train 3, test 7\n")
    assert "2 values \\| both" in text
    assert "Not asked: takes in two parts (no column)." in text
    assert "`emobench audit`" in text
