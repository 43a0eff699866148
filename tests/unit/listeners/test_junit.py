"""JUnit XML of a run."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from emobench.listeners.junit import JUnitReport
from emobench.records.class_order import ClassOrder
from emobench.records.skipped import Skipped
from tests.support import factories
from tests.support.factories import NASTY


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of a cell that was computed, one that was there, one that failed, and three that have no cell."""
    listener = JUnitReport(tmp_path / "cells.xml")
    computed, there = factories.cell("computed"), factories.cell("there", fold="actor 3")
    listener.emobench_cell_finished(computed)
    skipped = [
        Skipped("nowhere", "not found", "nowhere"),
        Skipped("spoilt", "unusable", NASTY),
        Skipped("twice", "same as", "computed"),
    ]
    records = [factories.record(computed), factories.record(there), factories.failed(factories.cell("bad"), NASTY)]
    listener.emobench_run_finished(records, skipped)
    return tmp_path / "cells.xml"


def test_junit_has_a_case_for_each_cell_with_its_outcome(report: Path) -> None:
    (suite,) = ET.parse(report).getroot()
    cases = {case.attrib["name"]: case for case in suite.iter("testcase")}
    outcomes = {
        name: [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        for name, case in cases.items()
    }
    assert outcomes == {
        "computed, seed 42": [],
        "there, fold actor 3, seed 42": [],
        "bad, seed 42": ["failure"],
        "nowhere": ["skipped"],
        "spoilt": ["error"],
    }
    assert cases["computed, seed 42"].attrib["time"] == "63.500"
    assert cases["there, fold actor 3, seed 42"].attrib["time"] == "0.000"
    assert "there already" in cases["there, fold actor 3, seed 42"].findtext("system-out", "")
    assert cases["nowhere"].find("skipped").attrib["message"] == "nowhere was not found"  # type: ignore[union-attr]


def test_another_order_of_classes_is_said(tmp_path: Path) -> None:
    listener = JUnitReport(tmp_path / "cells.xml")
    order = ClassOrder(part="train", samples=90, accuracy=0.12, permuted=0.61, cycles=(("happy", "sad"),))
    listener.emobench_run_finished([factories.record(class_order=order)], [])
    assert str(order) in (tmp_path / "cells.xml").read_text(encoding="utf-8")


def test_junit_has_the_structure_that_jenkins_and_gitlab_read(report: Path) -> None:
    root = ET.parse(report).getroot()
    assert (root.tag, [child.tag for child in root]) == ("testsuites", ["testsuite"])
    (suite,) = root
    cases = list(suite)
    assert {case.tag for case in cases} == {"testcase"}
    counted = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error", "skipped")}
    for element in (root, suite):
        assert int(element.attrib["tests"]) == len(cases)
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(element.attrib[name]) == counted[kind]
        assert float(element.attrib["time"]) >= 0
    assert pd.Timestamp(suite.attrib["timestamp"]).tz is None
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == len(cases)
    for case in cases:
        assert float(case.attrib["time"]) >= 0
        order = [child.tag for child in case]
        assert order in (["system-out"], ["failure", "system-out"], ["error"], ["skipped"])


def test_junit_keeps_nasty_messages_legal(report: Path) -> None:
    failure = next(ET.parse(report).getroot().iter("failure"))
    assert failure.attrib["message"] == 'a "quote", <tag> & ]]> \ufffd[31mred\ufffd \ufffd second line, ü'
    assert failure.attrib["type"] == "RuntimeError"


def test_junit_is_read_by_an_independent_reader(report: Path) -> None:
    junitparser = pytest.importorskip("junitparser", reason="needs junitparser: pip install -e '.[dev]'")
    read = junitparser.JUnitXml.fromfile(str(report))
    assert (read.tests, read.failures, read.errors, read.skipped) == (5, 1, 1, 1)
    (suite,) = read
    assert [type(result).__name__ for case in suite for result in case.result] == ["Failure", "Skipped", "Error"]
