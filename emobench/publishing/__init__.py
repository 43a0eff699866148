"""Published boards and the evidence next to them."""

from __future__ import annotations

from emobench.publishing.boards import board_of, publish, reduced
from emobench.publishing.rescoring import Located, chosen, predictions_of, rescored, with_badges

__all__ = [
    "Located",
    "board_of",
    "chosen",
    "predictions_of",
    "publish",
    "reduced",
    "rescored",
    "with_badges",
]
