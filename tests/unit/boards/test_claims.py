"""The ledger with its verdicts in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from emobench import cli
from tests.support.claims import at, demo_folder, stored, written


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
