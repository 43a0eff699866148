"""``emobench show``: by name and by id, what the board says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from emobench.contracts.model import Epoch
from emobench.records import read_record, write_record
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


def test_training_that_failed_is_said_where_the_result_is_shown(
    capsys: pytest.CaptureFixture[str], mlp: Path, tmp_path: Path
) -> None:
    (path,) = mlp.glob("**/cells/*/record.json")
    folder = tmp_path / "demo" / "cells" / path.parent.name
    shutil.copytree(path.parent, folder)
    record = read_record(path)
    write_record(tmp_path / "demo", record.model_copy(update={"history": (Epoch(1, 1, 4e14, 0.1, {}, 1.0),)}))
    capsys.readouterr()
    assert cli.invoke(["show", record.cell.id, "--runs", str(tmp_path)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "training diverged: the loss of the last epoch is 4e+14, that of guessing 1.946" in shown
    assert "what to do lower the learning rate" in shown
    real = record.model_copy(update={"cell": record.cell.model_copy(update={"provenance": "unverified"})})
    write_record(tmp_path / "demo", real.model_copy(update={"history": (Epoch(1, 1, 4e14, 0.1, {}, 1.0),)}))
    assert cli.invoke(["leaderboard", "--runs", str(tmp_path)]) == 0
    assert "**1 of 1** networks failed to train" in capsys.readouterr().out
