"""How figures are written: the same bytes, names broken, a remedy without matplotlib."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from emobench.boards.board import Board
from emobench.errors import EmobenchError
from emobench.figures import board as figures
from emobench.figures import result, style
from tests.support.drawn import NET, SCORES, drawn


def test_long_names_are_broken_and_are_no_formula(tmp_path: Path, board: Board) -> None:
    names = {NET.cell.id: "$a_b$ " + " ".join(80 * ["long"])}
    _, svg = style.write(lambda: figures.intervals(board.tasks[0], names, "A $\\frac title$"), tmp_path / "long")
    text = svg.read_text()
    assert "1.  $a_b$" in text
    assert "$\\frac title$" in text
    assert text.count("long") == 80


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
    once = style.write(draw, tmp_path / "a", style.ALL_FORMATS)
    again = style.write(draw, tmp_path / "b", style.ALL_FORMATS)
    assert [file.read_bytes() for file in once] == [file.read_bytes() for file in again]


def test_without_matplotlib_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(EmobenchError, match=r"emobench\[plot\]"):
        style.write(lambda: result.confusion(SCORES, ""), tmp_path / "figure")
