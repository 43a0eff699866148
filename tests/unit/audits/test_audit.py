"""What an audit is, and what it may say."""

from __future__ import annotations

from emobench.audits.catalogue import AUDITS


def test_findings_are_no_graver_than_their_audit_says() -> None:
    assert [name for name, audit in AUDITS.items() if audit.severity == "error"] == [
        "groups-in-two-parts",
        "takes-in-two-parts",
        "parents-in-two-parts",
        "exact-duplicates-across-parts",
        "near-duplicate-images",
    ]
