"""The tables of every verb, on terminals of 80 and 140 columns: what a row is called by, and p-values, stay whole."""

from __future__ import annotations

import re
import webbrowser
from pathlib import Path

import pytest

from emobench import cli
from emobench.records.run_folder import read_records

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(__file__).parents[3]
BOARDS = str(ROOT / "leaderboards")
FACES = ("a.table1.resnet18", "a.table1.mobilenet-v2", "a.table1.resnet18-regularised")
VERBS = {
    "list": ["list"],
    "list datasets": ["list", "datasets"],
    "show": ["show", FACES[0], "--runs", BOARDS],
    "compare": ["compare", *FACES, "--runs", BOARDS],
    "claims": ["claims", "--suite", "paper-replication", "--runs", BOARDS],
    "claims arithmetic": ["claims", "--suite", "paper-replication", "--arithmetic"],
    "plan": ["plan", "--suite", "paper-replication", "--out", "none"],
    "audit": ["audit", "--suite", "paper-replication", "--only", "a.table2.mlp"],
    "check": ["check", "average"],
    "data status": ["data", "status", "--data", "."],
    "data verify": ["data", "verify", "tess", "--data", "."],
}


def printed(
    arguments: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    capsys.readouterr()
    cli.invoke(arguments)
    return capsys.readouterr().out


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_prints_fits_the_terminal(
    verb: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    output = printed(VERBS[verb], columns, monkeypatch, capsys)
    assert output
    assert [line for line in output.splitlines() if len(line) > columns] == []


@pytest.mark.parametrize("columns", [80, 140])
def test_ids_and_p_values_are_never_broken(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = printed(VERBS["compare"], columns, monkeypatch, capsys)
    ids = {record.cell.id[:8] for record in read_records(Path(BOARDS)) if record.cell.experiment in FACES}
    assert all(cell in output for cell in ids)
    assert output.count("< 0.001") > 5
    pairs = [block.split("\n\n")[0] for block in output.split(" minus ")[1:]]
    assert len(pairs) == len(FACES) * (len(FACES) - 1) / 2
    for pair in pairs:
        assert not re.search(r"<$|^ *0\.001", pair, re.MULTILINE)
        assert "bootstrap" in pair


@pytest.mark.parametrize("columns", [80, 140])
def test_a_run_ends_with_what_papers_print_what_to_do_and_the_page(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda page: opened.append(page) or True)  # type: ignore[func-returns-value]
    asked = ["run", "--suite", "paper-replication", "--only", "a.table2.mlp", "--epochs", "1", "--out", str(tmp_path)]
    output = printed([*asked, "--open"], columns, monkeypatch, capsys)
    page = tmp_path / "paper-replication" / "leaderboard.html"
    (record,) = read_records(tmp_path)
    end = output.split("What the papers print, and what was measured on twins")[1]
    (line,) = [line for line in end.splitlines() if line.startswith("a.table2.mlp")]
    assert " 0.65 " in line
    assert record.cell.id[:8] in line
    assert "emobench plan --suite paper-replication --data FOLDER" in " ".join(end.split())
    assert f"Page: {page}" in end
    assert opened == [page.as_uri()]
    assert "on the official data" not in output
    named = (f"Page: {page}", f"Leaderboard: {page.with_suffix('')}")
    assert [line for line in output.splitlines() if len(line) > columns and not line.startswith(named)] == []
