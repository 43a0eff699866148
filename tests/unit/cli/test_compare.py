"""``emobench compare``: the table for people, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from emobench import cli
from emobench.records.run_folder import write_record
from tests.support.compared import put, refused, said
from tests.support.factories import cell, failed, sha256


def test_the_table_for_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # a narrow terminal would have cells in several lines
    put(tmp_path, "good", said(1.0, 1), provenance="synthetic")
    put(tmp_path, "poor", said(0.4, 2), provenance="synthetic")
    assert cli.invoke(["compare", "good", "poor", "--runs", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "faces: random-clips split, test part, 120 samples" in out
    assert "SYNTHETIC: " in out
    assert "95% intervals by bootstrap over 120 samples; no groups" in out
    assert "1.0000 (0.9697 to 1.0000)" in out
    assert "\nmetric " in out
    assert "minus" not in out  # the names of one pair stand above
    assert "p (Holm)" not in out


def test_the_exact_test_stays_on_one_line_of_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for seed, name in enumerate(("good", "poor", "worse"), 1):
        put(tmp_path, name, said(1.0 / seed, seed))
    assert cli.invoke(["compare", "good", "poor", "worse", "--runs", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert sum(bool(re.search(r"exact McNemar, \d+ : \d+", line)) for line in lines) == 3
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"content": sha256("else")}, "content of the data"),
        ({"dataset": "voices"}, "dataset"),
        ({"labels": "three@2"}, "label map"),
        ({"split": {"train": sha256("train"), "test": sha256("else")}}, "test samples"),
        ({"provenance": "stand-in"}, "provenance"),
    ],
)
def test_cells_of_different_tasks_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], differing: str
) -> None:
    put(tmp_path, "one", said(0.7, 1))
    put(tmp_path, "other", said(0.7, 2), **changes)
    message = refused(capsys, tmp_path, "one", "other")
    assert f"are of different tasks: they differ in {differing};" in message


def test_requests_that_make_no_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = put(tmp_path, "one", said(0.7, 1))
    put(tmp_path, "two", said(0.7, 1), precision="bf16")
    put(tmp_path, "two", said(0.7, 1))
    write_record(tmp_path / "demo", failed(cell("broken")))
    assert "one result cannot be compared" in refused(capsys, tmp_path, "one")
    assert f"cell {one} is named twice" in refused(capsys, tmp_path, "one", one[:6])
    assert "no cell 'on'; did you mean 'one'?" in refused(capsys, tmp_path, "one", "on")
    assert "failed; run it again" in refused(capsys, tmp_path, "one", "broken")
    assert "'two' stands for 2 cells that differ in more than the seed" in refused(capsys, tmp_path, "one", "two")
