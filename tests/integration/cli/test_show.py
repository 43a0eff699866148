"""``emobench show``: by name and by id, what the board says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from tests.support.mlp_run import only_cell


def test_show_by_name_and_by_id(capsys: pytest.CaptureFixture[str], mlp: Path) -> None:
    cell = only_cell(mlp)
    for name in ("a.table2.mlp", cell.id[:6]):
        capsys.readouterr()
        assert cli.invoke(["show", name, "--runs", str(mlp)]) == 0
        assert cell.id in capsys.readouterr().out
    assert cli.invoke(["show", cell.id, "--runs", str(mlp), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cell"]["id"] == cell.id


def test_show_says_what_the_board_says_in_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    arguments = ["run", "--suite", "paper-replication", "--out", str(tmp_path), "--epochs", "2", "--seeds", "2"]
    assert cli.invoke([*arguments, "--only", "a.table2.mlp"]) == 0
    board = pd.read_csv(tmp_path / "paper-replication" / "leaderboard.csv", dtype=str)
    row = board.iloc[-1]
    capsys.readouterr()
    assert cli.invoke(["show", row["cell"], "--runs", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert pd.isna(row["rank"])  # the twin has too few test clips
    assert output.split("rank ")[1].splitlines()[0].strip() == "none"
    assert re.search(r"^accuracy +[01]\.\d{4} \[[01]\.\d{4}", output, re.MULTILINE)
    assert "not audited" not in output
    assert "\\[" not in output
    assert max(map(len, output.splitlines())) <= 80
