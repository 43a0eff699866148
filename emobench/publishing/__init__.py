"""Published boards and the evidence beside them."""

from __future__ import annotations

from emobench.publishing.boards import INDEX, Published, publish, reduced
from emobench.publishing.rescoring import Located, chosen, matching, predictions_of, rescored

__all__ = [
    "INDEX",
    "Located",
    "Published",
    "chosen",
    "matching",
    "predictions_of",
    "publish",
    "reduced",
    "rescored",
]
