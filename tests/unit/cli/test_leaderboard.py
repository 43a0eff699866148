"""``emobench leaderboard --format latex``."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from emobench.cli import invoke
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import cell_folder, write_record
from tests.support import exposed
from tests.support.factories import cell, failed, predictions
from tests.support.latex import check, rows
from tests.unit.cli.test_plot import run_folder


def test_latex_has_the_tasks_and_the_columns_that_are_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder(tmp_path)
    options = ["--task", "faces", "--column", "model", "--column", "accuracy", "--column", "published"]
    assert invoke(["leaderboard", "--runs", str(tmp_path), "--format", "latex", *options]) == 0
    text = capsys.readouterr().out
    check(text)
    assert rows(text)[0] == ["Model", "Accuracy", "Paper"]
    assert "a.table1.net" not in text


@pytest.mark.parametrize(("name", "begin"), [("b.html", "<!DOCTYPE html>"), ("b.TEX", "% Made"), ("b.txt", "# ")])
def test_format_is_told_by_the_name_of_the_output(tmp_path: Path, name: str, begin: str) -> None:
    run_folder(tmp_path / "runs")
    assert invoke(["leaderboard", "--runs", str(tmp_path / "runs"), "--output", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_terminal_gets_tables_and_no_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_folder(tmp_path)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert invoke(["leaderboard", "--runs", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "rank  experiment" in text
    assert "# " not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "latex", "--column", "acuracy"], "no column 'acuracy'; did you mean 'accuracy'?"),
        (["--format", "latex", "--task", "fases"], "no task matches 'fases'"),
        (["--column", "model"], "add --format latex"),
        (["--format", "csv", "--title", "Mine"], "--title: a board as csv has no title"),
        (["--replace"], "only a bundle replaces its former version"),
        (["--task", "faces", "--publish", "boards"], "a board is published whole"),
    ],
)
def test_wrong_requests_are_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder(tmp_path)
    assert invoke(["leaderboard", "--runs", str(tmp_path), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error


@pytest.mark.parametrize(
    ("suites", "title", "heading", "below"),
    [
        (["a", "b"], None, "a, b", ""),
        (["a", "b", "c"], None, "Leaderboard", "Suites: a, b, c"),
        (["a", "b", "c"], "Mine", "Mine", ""),
    ],
)
def test_many_suites_are_a_line_below_the_title(
    tmp_path: Path, suites: list[str], title: str | None, heading: str, below: str
) -> None:
    for place, suite in enumerate(suites):
        write_record(tmp_path / suite, failed(cell(f"net-{place}").model_copy(update={"suite": suite})))
    arguments = ["leaderboard", "--runs", str(tmp_path), *(["--title", title] if title else [])]
    for name, head, line in (("b.html", "<h1>{}</h1>", '<p class="light">{}</p>'), ("b.md", "# {}\n", "\n{}\n")):
        assert invoke([*arguments, "--output", str(tmp_path / name)]) == 0
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert head.format(heading) in page
        assert ("Suites: " in page) == bool(below)
        assert not below or line.format(below) in page


def leaderboard(folder: Path, *options: str) -> int:
    for one in exposed.records():
        write_record(folder / "runs", one)
        parts = one.cell.identity.test_parts
        write_predictions(cell_folder(folder / "runs", one.cell.id) / "predictions.parquet", predictions(parts=parts))
    return invoke(["leaderboard", "--runs", str(folder / "runs"), "--format", "csv", *options])


def test_rows_are_chosen_by_their_badges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leaderboard(tmp_path, "--exposure", "unseen", "--exposure", "trained-here") == 0
    lines = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert sorted(line["experiment"] for line in lines) == ["own", "ready-unseen"]


def test_a_badge_that_no_row_has_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leaderboard(tmp_path, "--only", "own", "--exposure", "seen") == 2
    assert "no row is seen; there are trained here" in capsys.readouterr().err
