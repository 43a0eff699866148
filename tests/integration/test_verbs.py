"""Verbs on real runs: run, plan, show, leaderboard, and what may be imported for list."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from emobench.contracts.model import Epoch
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.publishing.boards import publish
from emobench.publishing.rescoring import rescored
from emobench.records.cell import Cell
from emobench.records.predictions import read_predictions, write_predictions
from emobench.records.run_folder import read_record, write_record


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the MLP on its twin."""
    out = tmp_path_factory.mktemp("runs")
    assert cli.invoke(["run", "--suite", "paper-replication", "--only", "a.table2.mlp", "--out", str(out)]) == 0
    return out


@pytest.fixture
def real(run: Path, tmp_path: Path) -> Path:
    """The same run with another word for where its data came from."""
    for path in run.glob("*/cells/*/record.json"):
        record = read_record(path)
        cell = record.cell.model_copy(update={"provenance": "unverified"})
        write_record(tmp_path / "real", record.model_copy(update={"cell": cell}))
        table = read_predictions(path.parent / "predictions.parquet")
        write_predictions(tmp_path / "real" / "cells" / cell.id / "predictions.parquet", table)
    return tmp_path / "real"


def only_cell(run: Path) -> Cell:
    (path,) = run.glob("**/cells/*/record.json")
    return read_record(path).cell


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, emobench.cli as c; c.invoke(['--help']);"
        "print([m for m in ('torch', 'librosa', 'cv2', 'sklearn', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_list_imports_no_framework() -> None:
    code = (
        "import sys, emobench.cli as c; c.invoke(['list']);"
        "print([m for m in ('torch', 'librosa', 'cv2', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_planning_imports_no_torch(tmp_path: Path) -> None:
    arguments = ["plan", "--suite", "paper-replication", "--out", str(tmp_path / "none")]
    code = f"import sys, emobench.cli as c; c.invoke({arguments!r}); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "False"


def test_plan_computes_nothing_and_names_every_cell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.invoke(["plan", "--suite", "paper-replication", "--out", str(tmp_path / "none"), "--seeds", "2"]) == 0
    output = capsys.readouterr().out
    assert "148 cells: 0 done already, 148 to compute, 1 not possible, 2 the same as another" in output
    assert not (tmp_path / "none").exists()


def test_how_to_get_data_is_said_once_for_what_is_made_of_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = str(tmp_path / "data")
    assert cli.invoke(["data", "twin", "ravdess", f"{data}/ravdess"]) == 0
    only = ["--only", "a.table2.mlp", "--only", "control.*.redrawn*"]
    options = ["--suite", "paper-replication", *only, "--epochs", "1", "--data", data, "--out", str(tmp_path / "out")]
    assert cli.invoke(["run", *options]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "m-lfw-fer-tess-redrawn, m-lfw-fer-tess-redrawn-again: Put m-lfw-fer and tess under" in told


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


def test_show_by_name_and_by_id(capsys: pytest.CaptureFixture[str], run: Path) -> None:
    cell = only_cell(run)
    for name in ("a.table2.mlp", cell.id[:6]):
        capsys.readouterr()
        assert cli.invoke(["show", name, "--runs", str(run)]) == 0
        assert cell.id in capsys.readouterr().out
    assert cli.invoke(["show", cell.id, "--runs", str(run), "--json"]) == 0
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
    capsys: pytest.CaptureFixture[str], run: Path, tmp_path: Path
) -> None:
    (path,) = run.glob("**/cells/*/record.json")
    folder = tmp_path / "demo" / "cells" / path.parent.name
    shutil.copytree(path.parent, folder)
    record = read_record(path)
    write_record(tmp_path / "demo", record.model_copy(update={"history": (Epoch(1, 1, 4e14, 0.1, {}, 1.0),)}))
    capsys.readouterr()
    assert cli.invoke(["show", record.cell.id, "--runs", str(tmp_path)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "training diverged: the loss of the last epoch is 4e+14, that of guessing 1.946" in shown
    assert "what to do lower the learning rate" in shown
    assert cli.invoke(["leaderboard", "--runs", str(tmp_path)]) == 0
    assert "training diverged" in " ".join(capsys.readouterr().out.split())


def test_leaderboard_in_each_format(capsys: pytest.CaptureFixture[str], run: Path, tmp_path: Path) -> None:
    assert cli.invoke(["leaderboard", "--runs", str(run)]) == 0
    assert "SYNTHETIC" in capsys.readouterr().out
    assert cli.invoke(["leaderboard", "--runs", str(run), "--format", "csv"]) == 0
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert list(table["experiment"]) == ["a.table2.mlp"]
    assert (
        cli.invoke(["leaderboard", "--runs", str(run), "--format", "json", "--output", str(tmp_path / "b.json")]) == 0
    )
    assert json.loads((tmp_path / "b.json").read_text())["tasks"][0]["rows"]


def test_scores_come_from_the_predictions_not_from_the_record(real: Path) -> None:
    (path,) = real.glob("cells/*/record.json")
    record = read_record(path)
    forged = {
        part: scores.model_copy(update={"metrics": {**scores.metrics, "accuracy": 1.0}})
        for part, scores in record.scores.items()
    }
    write_record(real, record.model_copy(update={"scores": forged}))
    ((_, again),) = rescored(real, installed_plugins())
    assert again.scores == record.scores


def test_published_folder_holds_board_records_and_predictions(real: Path, tmp_path: Path) -> None:
    published = publish(rescored(real, installed_plugins()), tmp_path / "boards", installed_plugins())
    endings = (".md", ".csv", ".json", ".html")
    pages = [f"datasets/ravdess{ending}" for ending in endings]
    pages += [f"paper-replication{ending}" for ending in (*endings, "-claims.csv", "-claims.json")]
    assert [str(path.relative_to(tmp_path / "boards")) for path in published.files] == [*pages, "README.md"]
    cell = only_cell(tmp_path / "boards")
    assert (tmp_path / "boards" / "cells" / cell.id / "predictions.parquet").is_file()
    assert cell.id in (tmp_path / "boards" / "datasets" / "ravdess.md").read_text()
    text = (tmp_path / "boards" / "paper-replication.md").read_text()
    assert cell.id in text
    assert "a.table1.resnet18" in text  # an experiment of the suite without a result is on the board, as not run


def test_a_page_that_somebody_wrote_stays(real: Path, tmp_path: Path) -> None:
    boards = tmp_path / "boards"
    publish(rescored(real, installed_plugins()), boards, installed_plugins())
    made = (boards / "README.md").read_text()
    assert "(datasets/ravdess.md)" in made
    (boards / "README.md").write_text(made + "More.\n")
    publish(rescored(real, installed_plugins()), boards, installed_plugins())
    assert (boards / "README.md").read_text() == made
    (boards / "README.md").write_text("# My own\n")
    publish(rescored(real, installed_plugins()), boards, installed_plugins())
    assert (boards / "README.md").read_text() == "# My own\n"


def test_a_run_says_what_is_right_by_chance(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = ["run", "--suite", "paper-replication", "--only", "a.table2.mlp", "--out", str(run)]
    assert cli.invoke(again) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("by chance")]
    truth = read_predictions(next(run.glob("*/cells/*/predictions.parquet")))["label"].value_counts()
    numbers = [float(number) for number in re.findall(r"0\.\d+", line)]
    assert numbers == pytest.approx([1 / len(truth), truth.max() / truth.sum()], abs=1e-4)


def test_publishing_says_where_the_new_rows_stand(real: Path, tmp_path: Path) -> None:
    first, second = (
        publish(rescored(real, installed_plugins()), tmp_path / "boards", installed_plugins()) for _ in range(2)
    )
    place = "without a rank in ravdess, random-clips split, unverified, leaky"
    assert first.rows == (f"a.table2.mlp (seed 68): {place}",)
    assert second.rows == ()


def test_runs_of_several_folders_stand_on_one_board(
    real: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(rescored(real, installed_plugins()), tmp_path / "boards", installed_plugins())
    both = ["leaderboard", "--runs", str(tmp_path / "boards"), "--runs", str(run), "--format", "json"]
    capsys.readouterr()
    assert cli.invoke(both) == 0
    board = json.loads(capsys.readouterr().out)
    assert [task["provenance"] for task in board["tasks"]] == ["unverified", "synthetic"]
    assert all(row["slices"] for task in board["tasks"] for row in task["rows"])  # the attributes of both were read
    (tmp_path / "empty").mkdir()
    assert cli.invoke([*both, "--runs", str(tmp_path / "empty")]) == 2
    assert f"{tmp_path / 'empty'}: no record was found" in capsys.readouterr().err


def test_only_what_is_asked_for_is_published(real: Path, tmp_path: Path) -> None:
    arguments = ["leaderboard", "--runs", str(real), "--publish", str(tmp_path / "boards"), "--only"]
    assert cli.invoke([*arguments, "a.table9*"]) == 2
    assert not (tmp_path / "boards").exists()
    assert cli.invoke([*arguments, only_cell(real).id]) == 0
    assert (tmp_path / "boards" / "datasets" / "ravdess.md").is_file()


def test_synthetic_rows_are_not_published(run: Path, tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="every row is synthetic"):
        publish(rescored(run, installed_plugins()), tmp_path / "boards", installed_plugins())
    assert not (tmp_path / "boards").exists()
