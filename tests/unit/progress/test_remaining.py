"""The time left of a run."""

from __future__ import annotations

import pytest

from emobench.progress.remaining import Remaining


def test_nothing_is_said_before_anything_tells_it() -> None:
    left = Remaining(["a", "b"], {"a": 10.0})
    left.begin("a", 0.0)
    assert left.seconds(5.0) is None


def test_expected_times_count_less_what_has_passed() -> None:
    left = Remaining(["a", "b"], {"a": 10.0, "b": 20.0})
    left.begin("a", 100.0)
    assert left.seconds(104.0) == 26.0


def test_a_cell_that_takes_longer_than_expected_owes_nothing() -> None:
    left = Remaining(["a", "b"], {"a": 10.0, "b": 20.0})
    left.begin("a", 0.0)
    assert left.seconds(50.0) == 20.0


def test_ended_cells_correct_the_expectation() -> None:
    left = Remaining(["a", "b"], {"a": 10.0, "b": 20.0})
    left.begin("a", 0.0)
    left.end("a", 30.0)
    assert left.seconds(30.0) == pytest.approx(60.0)


def test_without_expectation_a_cell_takes_what_the_others_took() -> None:
    left = Remaining(["a", "b", "c"], {})
    for cell, began, ended in (("a", 0.0, 4.0), ("b", 4.0, 10.0)):
        left.begin(cell, began)
        left.end(cell, ended)
    assert left.seconds(10.0) == 5.0


def test_processes_share_the_work() -> None:
    assert Remaining(["a", "b"], {"a": 10.0, "b": 20.0}, workers=2).seconds(0.0) == 15.0


def test_what_an_audit_keeps_back_took_no_time() -> None:
    left = Remaining(["a", "b"], {})
    left.end("a", 1.0)
    assert left.seconds(1.0) is None
    left.end("b", 2.0)
    assert left.seconds(2.0) == 0.0
