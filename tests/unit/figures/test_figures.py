"""Figures as files: there, of a sensible size, with something on them, and with their texts."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from emobench.boards.board import Board
from emobench.boards.ranking import build_board
from emobench.cli import invoke
from emobench.errors import EmobenchError
from emobench.figures import board as figures
from emobench.figures import result, style
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import cell_folder, write_record
from emobench.scoring.calibration import reliability
from emobench.scoring.scores import arrays
from tests.support.factories import CLASSES, cell, predictions, record
from tests.support.html_boards import METRICS, epochs
from tests.support.scores import score_part

TABLE = predictions(120)
SCORES = score_part(TABLE, CLASSES, METRICS.values())
NET = record(cell("net", published={"accuracy": 0.5}), scores={"test": SCORES}, history=epochs(4))
KINDS = ("confusion", "classes", "reliability", "training")


@pytest.fixture(scope="module")
def board() -> Board:
    return build_board([NET], predictions={NET.cell.id: TABLE}, metrics=METRICS)


def drawn(board: Board) -> dict[str, Callable[[], Figure]]:
    return {
        "confusion": partial(result.confusion, SCORES, "Title"),
        "classes": partial(result.classes, SCORES, "Title"),
        "reliability": partial(result.reliability, reliability(*arrays(TABLE, CLASSES)), "Title"),
        "training": partial(result.training, NET, "Title"),
        "intervals": partial(figures.intervals, board.tasks[0], "Title"),
    }


def run_folder(folder: Path) -> Path:
    """Return a folder with one cell."""
    write_record(folder, NET)
    write_predictions(cell_folder(folder, NET.cell.id) / "predictions.parquet", TABLE)
    return folder


@pytest.mark.parametrize("kind", [*KINDS, "intervals"])
def test_png_shows_something_and_svg_says_it(kind: str, tmp_path: Path, board: Board) -> None:
    png, svg = style.write(drawn(board)[kind], tmp_path / "new" / kind)
    with Image.open(png) as image:
        pixels = np.asarray(image.convert("L"))
    assert min(pixels.shape) >= 250
    assert 0.005 < float((pixels < 200).mean()) < 0.9
    # Nothing is cut off: the outermost pixels are blank.
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    assert all(int(edge.min()) > 240 for edge in edges)
    text = svg.read_text()
    said = {
        "confusion": CLASSES,
        "classes": (*CLASSES, "precision", "recall", "F1"),
        "reliability": (f"ECE {SCORES.metrics['ece']:.4f}", "probability of the predicted class"),
        "training": ("training loss", "epoch", "UAR, validation"),
        "intervals": ("1.  net, seed 42", f"{SCORES.metrics['accuracy']:.4f}"),
    }[kind]
    for one in ("Title", *said):
        assert one in text
    assert min(map(float, re.findall(r"font-size: ([\d.]+)px", text))) >= 7


def test_every_count_of_the_matrix_is_on_the_figure() -> None:
    figure = result.confusion(SCORES, "")
    shown = [text.get_text().split("\n")[0] for text in figure.axes[0].texts]
    assert shown == [f"{n:,}" for n in itertools.chain(*SCORES.confusion)]


def test_bars_are_as_long_as_the_scores() -> None:
    patches = result.classes(SCORES, "").axes[0].patches
    lengths = [bar.get_width() for bar in patches if isinstance(bar, Rectangle)]
    shown = SCORES.per_class[::-1]
    assert lengths == pytest.approx([getattr(one, name) for name in ("precision", "recall", "f1") for one in shown])


def test_intervals_are_drawn_where_they_are(board: Board) -> None:
    (task,) = board.tasks
    assert task.uncertainty is not None
    interval = task.uncertainty.intervals[NET.cell.id]["accuracy"]
    lines = [np.asarray(line.get_xdata()).tolist() for line in figures.intervals(task, "").axes[0].lines]
    assert [interval.low, interval.high] in lines
    assert [SCORES.metrics["accuracy"]] in lines
    assert [0.5] in lines


def test_scores_over_no_samples_are_dashes(tmp_path: Path) -> None:
    table = TABLE[TABLE["label"] != CLASSES[0]]
    (bars, *_) = result.classes(score_part(table, CLASSES, METRICS.values()), "").axes
    assert [text.get_text() for text in bars.texts].count("–") == 2  # recall and F1; it is predicted, if wrongly


def test_long_names_are_cut_and_are_no_formula(tmp_path: Path) -> None:
    of = cell("$a_" + 100 * "b" + "$")
    long = record(of, scores={"test": SCORES})
    board = build_board([long], predictions={of.id: TABLE}, metrics=METRICS)
    _, svg = style.write(lambda: figures.intervals(board.tasks[0], "A $\\frac title$"), tmp_path / "long")
    text = svg.read_text()
    assert "1.  $a_" in text
    assert "…, seed" in text
    assert 60 * "b" not in text
    assert "diamond" not in text


def test_numbers_of_the_matrix_can_be_read() -> None:
    import matplotlib as mpl

    def luminance(share: float) -> float:
        linear = [
            v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in mpl.colormaps["Blues"](share)[:3]
        ]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    assert 1.05 / (luminance(style.DARK) + 0.05) >= 4.5
    assert (luminance(style.DARK) + 0.05) / 0.05 >= 4.5


def test_same_figure_same_bytes(tmp_path: Path, board: Board) -> None:
    draw = drawn(board)["classes"]
    once = style.write(draw, tmp_path / "a")
    again = style.write(draw, tmp_path / "b")
    assert [file.read_bytes() for file in once] == [file.read_bytes() for file in again]


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


def test_without_matplotlib_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(EmobenchError, match=r"emobench\[plot\]"):
        style.write(lambda: result.confusion(SCORES, ""), tmp_path / "figure")
