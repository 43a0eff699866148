"""Absent classes and uneven parts."""

from __future__ import annotations

from tests.support.audited import Planted, audited, index


def test_an_absent_class_and_an_uneven_part() -> None:
    samples, split = index({"train": 12, "test": 6}, label=dict.fromkeys(("test-000", "test-003"), "happy"))
    absent, uneven = audited(Planted("image", {}), samples, split, "class-balance").findings
    assert (absent.severity, absent.part, absent.count, absent.examples) == ("warning", "test", 1, ("angry",))
    assert (uneven.severity, uneven.part, uneven.count) == ("note", "test", 6)
    assert "happy is 66.7% of 6 samples" in uneven.what
    assert "sad is 33.3%" in uneven.what
