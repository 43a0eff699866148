"""Figures as files: there, of a sensible size, with something on them, and with their texts."""

from __future__ import annotations

import re
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
        "intervals": ("1.  net, seed 42", f"{SCORES.metrics['accuracy']:.4f}"),
    }[kind]
    for one in ("Title", *said):
        assert one in text
    assert min(map(float, re.findall(r"font-size: ([\d.]+)px", text))) >= 7
