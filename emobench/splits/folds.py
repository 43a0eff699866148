"""Folds put together: their predictions for their test parts become one table, with every sample once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from emobench.contracts import Split
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd


def tested_in_all(folds: Mapping[str, Split]) -> Split:
    """Return the test parts of all folds together.

    A model of one fold did not see the test part of that fold alone, so neither training nor validation is in the whole.

    Args:
        folds: name to parts.

    Raises:
        EmobenchError: a sample is tested in two folds.
    """
    parts: dict[str, list[str]] = {}
    tested_by: dict[str, str] = {}
    for fold, split in folds.items():
        for part in split.test_parts:
            for sample in split.parts[part]:
                if sample in tested_by:
                    raise EmobenchError(
                        f"sample {sample!r} is tested in the folds {tested_by[sample]!r} and {fold!r}",
                        remedy="report it to the author of the protocol",
                    )
                tested_by[sample] = fold
            parts.setdefault(part, []).extend(split.parts[part])
    return Split({part: tuple(ids) for part, ids in parts.items()})


def pooled(tables: Sequence[pd.DataFrame], parts: Sequence[str]) -> pd.DataFrame:
    """Return the predictions of all folds for their test parts, ordered by sample."""
    import pandas as pd

    together = pd.concat([table[table["part"].isin(parts)] for table in tables])
    return together.sort_values("sample_id", ignore_index=True)
