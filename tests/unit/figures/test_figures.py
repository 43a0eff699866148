"""Figures as files: there, of a sensible size, with something on them, and with their texts."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emobench.boards.board import Board
from emobench.figures import style
from tests.support.drawn import KINDS, SCORES, drawn
from tests.support.factories import CLASSES


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
        "intervals": ("1.  Net-18", f"{100 * SCORES.metrics['accuracy']:.1f}", "accuracy on test, %"),
    }[kind]
    for one in ("Title", *said):
        assert one in text
    assert min(map(float, re.findall(r"font-size: ([\d.]+)px", text))) >= 7


@pytest.mark.parametrize("kind", [*KINDS, "intervals"])
def test_for_a_paper_the_width_is_exact_and_texts_can_be_read(kind: str, tmp_path: Path, board: Board) -> None:
    draw = partial(drawn(board)[kind], width=3.5)
    pdf, svg, png = style.write(draw, tmp_path / kind, style.ALL_FORMATS, paper=True)
    with Image.open(png) as image:
        assert image.width == round(3.5 * style.DPI)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    (width,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ", pdf.read_bytes())
    assert float(width) == pytest.approx(3.5 * 72)
    assert b"/FontFile2" in pdf.read_bytes()  # TrueType, and no Type 3
    assert b"/Type3" not in pdf.read_bytes()
    text = svg.read_text()
    sizes = [float(size) for size in re.findall(r"(?:font: |font-size: )(?:bold )?([\d.]+)px", text)]
    assert min(sizes) >= 6
    assert max(sizes) <= 9
    assert "STIXGeneral" in text
