"""``emobench plot`` writes what is asked for, and says in one line what it cannot draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.cli import invoke
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import cell_folder, write_record
from tests.support.drawn import KINDS, SCORES, TABLE
from tests.support.factories import cell, record
from tests.support.html_boards import epochs


def run_folder(folder: Path, **changes: object) -> str:
    """Write a folder with one cell, and return the cell's id."""
    of = cell("a.table1.net", **({"published": {"accuracy": 0.5}} | changes))  # type: ignore[arg-type]
    write_record(folder, record(of, scores={"test": SCORES}, history=epochs(4)))
    write_predictions(cell_folder(folder, of.id) / "predictions.parquet", TABLE)
    return of.id


def plotted(tmp_path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[Path]:
    code = invoke(["plot", *arguments, "--runs", str(tmp_path / "runs"), "--output", str(tmp_path / "out")])
    assert code == 0, capsys.readouterr().err
    files = [Path(line) for line in capsys.readouterr().out.split()]
    assert all(file.is_file() for file in files)
    return files


def test_a_cell_has_its_four_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = run_folder(tmp_path / "runs")
    files = plotted(tmp_path, capsys, "a.table1.net", "--format", "svg")
    assert [file.name for file in files] == [f"a.table1.net-{of}-{kind}.svg" for kind in KINDS]


def test_titles_have_names_and_not_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = run_folder(tmp_path / "runs")
    for file in plotted(tmp_path, capsys, "a.table1.net", "--format", "svg"):
        text = file.read_text()
        assert "net, faces (official)" in text
        assert "a.table1.net" not in text
        assert of not in text


def test_a_board_has_its_tasks_and_what_papers_print(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folder(tmp_path / "runs")
    files = plotted(tmp_path, capsys, "--board")
    assert [file.suffix for file in files] == [".png", ".svg"] * 2
    assert files[0].stem.endswith("-intervals")
    assert files[2].stem == "published"


def test_one_kind_of_a_board_needs_no_more_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folder(tmp_path / "runs")
    options = ["--format", "pdf", "--format", "png", "--width", "3.5", "--no-title"]
    pdf, png = plotted(tmp_path, capsys, "--kind", "published", *options)
    assert (pdf.name, png.name) == ("published.pdf", "published.png")


def test_a_synthetic_figure_says_so_without_a_title(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folder(tmp_path / "runs", provenance="synthetic", published={})
    (svg,) = plotted(tmp_path, capsys, "--kind", "intervals", "--format", "svg", "--no-title")
    text = svg.read_text()
    assert "SYNTHETIC, no results" in text
    assert "random-clips split" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either a cell or a board"),
        (["a.table1.net", "--board"], "either a cell or a board"),
        (["--kind", "confusion"], "either a cell or a board"),
        (["--board", "--kind", "confusion"], "confusion is no figure of a board"),
        (["a.table1.net", "--kind", "dumbbell"], "dumbbell is no figure of a cell"),
        (["a.table1.net", "--task", "faces"], "tasks are chosen of a board"),
        (["--board", "--task", "facs"], "no task matches 'facs'"),
        (["--kind", "dumbbell"], "there is nothing to draw"),
        (["--board", "--width", "0.5"], "--width"),
        (["--board", "--width", "nan"], "--width"),
        (["--board", "--format", "jpg"], "jpg"),
        (["a.table1.nett"], "no cell 'a.table1.nett'"),
    ],
)
def test_wrong_requests_are_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folder(tmp_path / "runs")
    out = tmp_path / "out"
    assert invoke(["plot", *arguments, "--runs", str(tmp_path / "runs"), "--output", str(out)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error
    assert not out.exists()
