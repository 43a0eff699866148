"""The ledger with its verdicts in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

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
from tests.support.claims import at, demo_folder, papers, stored, written


@pytest.fixture(scope="module")
def suite() -> Suite:
    return papers()[0]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return papers()[1]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return demo_folder(tmp_path, monkeypatch)


@pytest.fixture
def printed_ledger(demo: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    place = stored(demo)
    written(demo, at(place, 0))

    def call(*arguments: str) -> str:
        code = cli.invoke(["claims", "--suite", str(demo / "demo.toml"), "--runs", str(demo), *arguments])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return captured.out

    return call


def test_every_format_says_the_same(printed_ledger: Any) -> None:
    content = json.loads(printed_ledger("--format", "json"))
    (claim,) = content["claims"]
    assert claim["verdict"] == "reproduced"
    assert claim["decimals"] == 4
    assert content["verdicts"]["reproduced"] == 1
    (row,) = csv.DictReader(io.StringIO(printed_ledger("--format", "csv")))
    assert (row["value"], row["verdict"]) == (claim["value"], "reproduced")
    for form in ("text", "md"):
        text = printed_ledger("--format", form)
        assert f"{claim['measured']:.4f}" in text
        assert "1 claims: 1 reproduced, 0 near" in text


def test_arithmetic_alone(printed_ledger: Any) -> None:
    text = printed_ledger("--arithmetic")
    assert "whole number of right answers, n = 60 (the text): possible" in text
    assert "measured" not in text


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
