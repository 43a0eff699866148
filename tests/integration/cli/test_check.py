"""``emobench check``: a line for each check, and what was raised."""

from __future__ import annotations

import re
import traceback
from typing import Any

import pytest

from emobench import cli
from emobench.contracts.model import ModelSpec
from emobench.records.record import Failure
from emobench.testing.kinds import CONTRACTS
from tests.support.conformance import registered, results, with_registry
from tests.support.planted_faults import model, refuse


def test_command_prints_a_line_a_check_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["check", "average"]) == 0
    head, *lines, summary = capsys.readouterr().out.splitlines()
    assert head == "fusion average, registered by emobench_plugins.fusions.average"
    passed = [contract.name for contract in CONTRACTS["fusions"] if contract.name != "learnt-is-json"]
    assert [line.split()[1] for line in lines] == [*passed, "learnt-is-json:"]
    assert summary == "12 passed, 0 failed, 1 skipped"


def test_what_was_raised_is_said_with_its_place_and_not_with_a_remedy_for_something_else() -> None:
    (failed,) = [result for result in results("models", model(fit=refuse)) if result.status == "failed"]
    assert re.fullmatch(r"ValueError: no, thank you \(planted_faults.py:\d+, in refuse\)", failed.seen)
    assert failed.remedy.startswith("fix what raised this")
    trace = "".join(traceback.format_exception(failed.error))
    assert Failure(kind="ValueError", message="no, thank you", traceback=trace).line == failed.seen
    assert Failure(kind="EmobenchError", message="no such folder", traceback=trace).line == "no such folder"


def test_command_prints_the_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_registry(monkeypatch, registered("models", model(fit=refuse)))
    assert cli.invoke(["check", "on-trial", "--kind", "model", "--traceback"]) == 1
    assert "in refuse\n" in capsys.readouterr().err


def test_checks_that_are_skipped_for_one_reason_stand_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(**_: Any) -> Any:
        raise KeyError("scores")

    with_registry(monkeypatch, registered("models", ModelSpec(name="on-trial", takes=("gray-face",), build=raising)))
    assert cli.invoke(["check", "on-trial"]) == 1
    output = capsys.readouterr().out
    lines = output.splitlines()
    assert output.count("'fits' fails") == 1
    assert "learns-the-twin" in output
    assert "rows-sum-to-one" in output
    assert lines[-1] == "failed: fits"
