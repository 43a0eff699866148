"""What the protocols read from an index: columns that have to be there and filled, in an order that is always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

# Not what samples can be kept apart by: one value a sample, the class itself, or the publisher's own parts.
_NEVER = ("sample_id", "label", "split")


def by_id(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the samples in the order of their ids: whatever the order of the rows, the same division follows."""
    return samples.sort_values("sample_id", kind="stable", ignore_index=True)


def filled(samples: pd.DataFrame, column: object, protocol: str) -> pd.Series[str]:
    """Return a column as text, one value a sample.

    Args:
        samples: the index.
        column: name of the column; it comes from a suite, and may be anything.
        protocol: name of the protocol, for the message.

    Raises:
        EmobenchError: the column is missing, or a sample has no value in it; the remedy names the columns that would do.
    """
    if not isinstance(column, str) or column not in samples or _gaps(samples[column]):
        raise EmobenchError(
            f"protocol {protocol!r} needs the column {column!r}, which is missing or has gaps", remedy=_instead(samples)
        )
    return samples[column].astype(str)


def usable(samples: pd.DataFrame) -> list[str]:
    """Return the columns that a protocol may be offered: of text, filled, of two values or more, not one value a sample.

    Columns of numbers (rates, durations, ages) can be named in a suite too; hardly anybody would want to.
    """
    from pandas.api.types import is_numeric_dtype

    return [
        str(name)
        for name in samples.columns
        if name not in _NEVER
        and not str(name).endswith("_path")
        and not is_numeric_dtype(samples[name])
        and not _gaps(samples[name])
        and 2 <= samples[name].nunique() < len(samples)
    ]


def _gaps(values: pd.Series[str]) -> bool:
    return bool(values.isna().any() or (values == "").any())


def _instead(samples: pd.DataFrame) -> str:
    names = usable(samples)
    if not names:
        return "use another protocol: this dataset has no column that its samples could be kept apart by"
    return f"use another protocol, or one of the columns {', '.join(names)} if the protocol lets you choose"
