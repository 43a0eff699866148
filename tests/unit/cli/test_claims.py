"""``emobench claims``: papers are told apart, and lines fit a terminal."""

from __future__ import annotations

import pytest

from emobench import cli
from emobench.boards.claims import claims_markdown
from emobench.claims.ledger import Ledger
from emobench.claims.verdicts import (
    Judged,
    Measured,
    count,
    judge,
)
from emobench.cli.claims import echo_claims
from emobench.plugins.registry import Registry
from emobench.scoring.interval import Interval
from emobench.suites.schema import Suite
from tests.support.claims import papers


@pytest.fixture(scope="module")
def suite() -> Suite:
    return papers()[0]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return papers()[1]


@pytest.mark.parametrize("columns", [80, 140])
def test_text_of_the_papers_ledger_fits_a_terminal(
    suite: Suite, ledger: Ledger, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    no_registry = Registry()
    judged = judge(ledger, suite, [], no_registry)
    assert sum(count(judged).values()) == 75
    result = Measured(
        "x", "id", "test", 3589, 0.6367, Interval(0.6211, 0.6524, 0.95, "sample", 3589), (0,), "official", ()
    )
    judged = [Judged(one.claim, one.arithmetic, result, one.verdict, one.why) for one in judged]
    echo_claims(judged)
    output = capsys.readouterr().out
    assert max(map(len, output.splitlines())) <= columns
    assert "0.6211–0.6524" in output
    assert ("arithmetic" in output.splitlines()[1]) == (columns == 140)
    assert claims_markdown(judged, ledger).count("\n## ") == 12


def test_papers_are_told_apart(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["claims", "--suite", suite.name, "--paper", "C"]) == 2
    assert "no paper 'C'" in capsys.readouterr().err
