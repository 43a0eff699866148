"""``emobench plot``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.cli import invoke
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import cell_folder, write_record
from tests.support.drawn import KINDS, NET, TABLE


def run_folder(folder: Path) -> Path:
    """Return a folder with one cell."""
    write_record(folder, NET)
    write_predictions(cell_folder(folder, NET.cell.id) / "predictions.parquet", TABLE)
    return folder


def test_command_draws_what_a_cell_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = run_folder(tmp_path / "runs")
    code = invoke(["plot", "net", "--runs", str(runs), "--output", str(tmp_path / "out"), "--format", "svg"])
    assert code == 0
    files = [Path(line) for line in capsys.readouterr().out.split()]
    assert [file.name for file in files] == [f"net-{NET.cell.id}-{kind}.svg" for kind in KINDS]
    assert all(file.is_file() for file in files)


def test_command_draws_the_tasks_of_a_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = run_folder(tmp_path / "runs")
    assert invoke(["plot", "--board", "--runs", str(runs), "--output", str(tmp_path / "out")]) == 0
    files = [Path(line) for line in capsys.readouterr().out.split()]
    assert [file.suffix for file in files] == [".png", ".svg"]
    assert "intervals" in files[0].name


@pytest.mark.parametrize("arguments", [[], ["net", "--board"], ["--board", "--kind", "confusion"], ["nett"]])
def test_wrong_requests_are_one_line(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = run_folder(tmp_path / "runs")
    assert invoke(["plot", *arguments, "--runs", str(runs), "--output", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()
