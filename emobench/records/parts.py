"""The parts of a split, by the names that records and predictions use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


UNION = "test"
"""Under this name stand the scores of all test parts together."""
VALIDATION = "validation"
"""The part whose predictions fusions may learn from; it is not scored."""


def of_part(table: pd.DataFrame, part: str, test_parts: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a test part, or of all of them under ``"test"`` where no part has that name.

    Args:
        table: predictions of a whole cell.
        part: a test part, or ``"test"``.
        test_parts: the cell's.
    """
    union = part == UNION and part not in test_parts
    return table[table["part"] != VALIDATION] if union else table[table["part"] == part]
