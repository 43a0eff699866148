"""Reading the cells of a bundle from anywhere: a record and a table of predictions, of limited size and known types."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.records import Record, probability_columns

if TYPE_CHECKING:
    import pandas as pd

_MOST_PREDICTIONS = 1_000_000
_MOST_TABLE_BYTES = 500_000_000
_LONGEST_TEXT = 500
"""A column that repeats itself takes hardly any room in Parquet; these are for a table that is read into memory."""

_TEXT = ("sample_id", "part", "label", "group", "prediction")


@dataclass(frozen=True)
class Bundled:
    """A cell of a bundle whose files could be read."""

    record: Record
    table: pd.DataFrame


def read_table(content: bytes, classes: tuple[str, ...]) -> pd.DataFrame:
    """Read predictions from anywhere; a text in a million rows is looked at once, before it is in memory a million times.

    Raises:
        EmobenchError: no Parquet, other columns than predictions have, gaps in them, or too much of it.
    """
    import pyarrow as arrow
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    columns = [*_TEXT, *probability_columns(classes)]
    try:
        _refuse_excess(parquet.read_metadata(io.BytesIO(content)), columns)
        table = parquet.read_table(io.BytesIO(content), read_dictionary=list(_TEXT)).select(columns)
        for place, name in enumerate(columns):
            column = table[name]
            if name not in _TEXT:
                if not arrow.types.is_floating(column.type):
                    raise EmobenchError(f"the column {name!r} has values that are no numbers")
                continue
            if not arrow.types.is_dictionary(column.type) or column.null_count:
                raise EmobenchError(f"the column {name!r} has values that are no text")
            lengths = [compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0 for chunk in column.chunks]
            if max(lengths, default=0) > _LONGEST_TEXT:
                raise EmobenchError(f"the column {name!r} has a text of more than {_LONGEST_TEXT} bytes")
            table = table.set_column(place, name, column.cast(arrow.string()))
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    except (OSError, ValueError, TypeError, KeyError, MemoryError, arrow.ArrowException) as error:
        raise EmobenchError(f"cannot be read: {(str(error) or repr(error)).splitlines()[0]}") from error
    return frame


def _refuse_excess(inside: Any, columns: list[str]) -> None:
    """Look at what a Parquet file says of itself before its columns are read."""
    size = sum(inside.row_group(number).total_byte_size for number in range(inside.num_row_groups))
    if inside.num_rows > _MOST_PREDICTIONS or size > _MOST_TABLE_BYTES:
        raise EmobenchError(f"{inside.num_rows:,} rows of {size / 1e6:,.0f} MB are too many")
    names = inside.schema.to_arrow_schema().names
    if sorted(names) != sorted(columns):
        strange = sorted(set(names) ^ set(columns)) or names
        raise EmobenchError(f"the columns are not those of predictions, e.g. {strange[0]!r}")
