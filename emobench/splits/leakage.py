"""Whether one person, take or recording stands on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from emobench.contracts import Split

if TYPE_CHECKING:
    import pandas as pd


def leaks(samples: pd.DataFrame, split: Split, columns: Iterable[str]) -> bool:
    """Tell whether a value of one of the columns stands on both sides of a split; empty ones do not count."""
    fitted = {sample for part in ("train", "validation") for sample in split.parts.get(part, ())}
    tested = {sample for part in split.test_parts for sample in split.parts[part]}
    for column in columns:
        values = samples[column]
        inside = set(values[samples["sample_id"].isin(fitted)]) - {""}
        if inside & set(values[samples["sample_id"].isin(tested)]):
            return True
    return False
