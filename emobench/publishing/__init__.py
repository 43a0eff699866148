"""Published boards and the evidence next to them."""

from __future__ import annotations

from emobench.publishing.boards import publish, reduced
from emobench.publishing.rescoring import Located, chosen, predictions_of, rescored

__all__ = [
    "Located",
    "chosen",
    "predictions_of",
    "publish",
    "reduced",
    "rescored",
]
