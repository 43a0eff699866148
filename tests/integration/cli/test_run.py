"""``emobench run``: what it says, and what stands on the rows."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from emobench.cli.run import announce
from emobench.records.predictions import read_predictions
from emobench.running.suite import run_plan
from tests.support import film_runs
from tests.support.film_runs import APPLIED, FITTED


def test_how_to_get_data_is_said_once_for_what_is_made_of_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = str(tmp_path / "data")
    assert cli.invoke(["data", "twin", "ravdess", f"{data}/ravdess"]) == 0
    only = ["--only", "a.table2.mlp", "--only", "control.*.redrawn*"]
    options = ["--suite", "paper-scrutiny", *only, "--epochs", "1", "--data", data, "--out", str(tmp_path / "out")]
    assert cli.invoke(["run", *options]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "m-lfw-fer-tess-redrawn, m-lfw-fer-tess-redrawn-again: Put m-lfw-fer and tess under" in told


def test_results_without_a_model_are_counted_where_models_are_to_be_kept(
    mlp: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["run", "--suite", "paper-replication", "--only", "a.table2.mlp", "--out", str(mlp)]
    assert cli.invoke([*again, "--keep-models"]) == 0
    said = "1 result done already without a model kept: --keep-models keeps those fitted from now on."
    assert said in " ".join(capsys.readouterr().out.split())


def test_model_that_is_fitted_again_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run_plan(film_runs.planned(tmp_path, FITTED), film_runs.registry(), "cpu", 1)
    announce(film_runs.planned(tmp_path, FITTED, APPLIED), "cpu", 1)
    said = "Fitted again, since an earlier run kept no model and another cell applies it: fitted."
    assert said in " ".join(capsys.readouterr().out.split())


def test_departures_from_the_suite_stand_on_the_row(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ["--only", "a.table2.mlp", "--limit", "21", "--epochs", "3", "--seeds", "2", "--precision", "bf16"]
    assert cli.invoke(["run", "--suite", "paper-replication", "--out", str(tmp_path), *options]) == 0
    board = pd.read_csv(tmp_path / "paper-replication" / "leaderboard.csv")
    departures = board.set_index("seed")["departures"]
    for words in ("epochs 3 (suite: 200)", "at most 21 samples a part", "bf16", "synthetic twin"):
        assert departures.str.contains(words, regex=False).all(), words
    assert "seed 69 (suite: 68)" in departures[69]
    assert "seed" not in departures[68]
    assert len(board) == 2


def test_a_run_says_what_is_right_by_chance(mlp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = ["run", "--suite", "paper-replication", "--only", "a.table2.mlp", "--out", str(mlp)]
    assert cli.invoke(again) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("by chance")]
    truth = read_predictions(next(mlp.glob("*/cells/*/predictions.parquet")))["label"].value_counts()
    numbers = [float(number) for number in re.findall(r"0\.\d+", line)]
    assert numbers == pytest.approx([1 / len(truth), truth.max() / truth.sum()], abs=1e-4)
