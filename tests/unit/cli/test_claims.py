"""``emobench claims``: papers are told apart, and lines fit a terminal."""

from __future__ import annotations

import pytest

from emobench import cli
from emobench.boards.claims import WIDTH, claims_markdown, render_text
from emobench.claims.ledger import Ledger
from emobench.claims.verdicts import (
    Judged,
    Measured,
    count,
    judge,
)
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


def test_text_of_the_papers_ledger_fits_a_terminal(suite: Suite, ledger: Ledger) -> None:
    no_registry = Registry()
    judged = judge(ledger, suite, [], no_registry)
    assert sum(count(judged).values()) == 75
    result = Measured(
        "x", "id", "test", 3589, 0.6367, Interval(0.6211, 0.6524, 0.95, "sample", 3589), (0,), "official", ()
    )
    judged = [Judged(one.claim, one.arithmetic, result, one.verdict, one.why) for one in judged]
    assert max(map(len, render_text(judged).splitlines())) <= WIDTH
    assert claims_markdown(judged, ledger).count("\n## ") == 12


def test_papers_are_told_apart(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["claims", "--suite", suite.name, "--paper", "C"]) == 2
    assert "no paper 'C'" in capsys.readouterr().err
