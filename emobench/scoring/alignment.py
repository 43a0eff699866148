"""The same samples in the same order, from several predictions tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3


def common_samples(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the rows whose samples are in every table, all in the order of the first.

    Cells of one task may lack different samples, since one of them cannot represent what another can.

    Raises:
        EmobenchError: no sample is in all of them, or the labels or groups of a sample differ.
    """
    ids = set.intersection(*(set(table["sample_id"]) for table in tables))
    if not ids:
        raise EmobenchError("no sample is in all of the predictions", remedy="compare cells of one task")
    return same_samples([table[table["sample_id"].isin(ids)] for table in tables])


def same_samples(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the tables with their rows in the order of the first.

    Raises:
        EmobenchError: a sample is not in all of them, is in one of them twice, or has another label or group there.
    """
    first, *others = tables
    for table in tables:
        twice = table["sample_id"][table["sample_id"].duplicated()]
        if len(twice):
            raise EmobenchError(f"sample {twice.iloc[0]!r} is there twice", remedy="run the cell again")
    for other in others:
        odd = sorted(set(first["sample_id"]) ^ set(other["sample_id"]))
        if odd:
            examples = ", ".join(map(repr, odd[:_SHOWN])) + (", ..." if len(odd) > _SHOWN else "")
            raise EmobenchError(
                f"{len(odd)} samples are in one of the predictions only: {examples}",
                remedy="compare on what they have in common",
            )
    aligned = [table.set_index("sample_id").loc[first["sample_id"]].reset_index() for table in others]
    for other in aligned:
        for column in ("label", "group", *(name for name in first.columns if str(name).startswith("true_"))):
            if column in first.columns or column in other.columns:
                _check_same(first, other, column)
    return [first, *aligned]


def _check_same(first: pd.DataFrame, other: pd.DataFrame, column: str) -> None:
    if column not in first.columns or column not in other.columns:
        raise EmobenchError(f"one of the predictions has no column {column!r}", remedy="compare cells of one task")
    mine, theirs = (table[column].fillna("").to_numpy() for table in (first, other))
    differing = (mine != theirs).nonzero()[0]
    if len(differing):
        place = differing[0]
        raise EmobenchError(
            f"the {column} of sample {first['sample_id'].iloc[place]!r} is {mine[place]!r} and {theirs[place]!r} "
            f"({len(differing)} such samples)",
            remedy="compare cells of one task",
        )
