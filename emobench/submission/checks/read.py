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
    """Read predictions from anywhere.

    Raises:
        EmobenchError: no Parquet, other columns than predictions have, gaps in them, or too much of it.
    """
    import pandas as pd
    from pyarrow import ArrowException

    wanted = [*_TEXT, *probability_columns(classes)]
    try:
        _refuse_excess(content, wanted)
        table: pd.DataFrame = _arrow_table(content).to_pandas()[wanted].reset_index(drop=True)
    except (OSError, ValueError, TypeError, KeyError, MemoryError, ArrowException) as error:
        raise EmobenchError(f"cannot be read: {(str(error) or repr(error)).splitlines()[0]}") from error
    for name in _TEXT:
        if not table[name].map(lambda value: isinstance(value, str)).all():
            raise EmobenchError(f"the column {name!r} has values that are no text")
    for name in probability_columns(classes):
        if not pd.api.types.is_float_dtype(table[name]):
            raise EmobenchError(f"the column {name!r} has values that are no numbers")
    return table


def _refuse_excess(content: bytes, wanted: list[str]) -> None:
    """Look at what a Parquet file says of itself before its columns are read."""
    import pyarrow.parquet as parquet

    inside = parquet.read_metadata(io.BytesIO(content))
    size = sum(inside.row_group(number).total_byte_size for number in range(inside.num_row_groups))
    if inside.num_rows > _MOST_PREDICTIONS or size > _MOST_TABLE_BYTES:
        raise EmobenchError(f"{inside.num_rows:,} rows of {size / 1e6:,.0f} MB are too many")
    names = sorted(inside.schema.to_arrow_schema().names)
    if names != sorted(wanted):
        strange = sorted(set(names) ^ set(wanted)) or names
        raise EmobenchError(f"the columns are not those of predictions, e.g. {strange[0]!r}")


def _arrow_table(content: bytes) -> Any:
    """Return a pyarrow table; one text in a million rows is looked at once, before it is in memory a million times."""
    import pyarrow as arrow
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    table = parquet.read_table(io.BytesIO(content), read_dictionary=list(_TEXT))
    for name in _TEXT:
        column = table[name]
        if not arrow.types.is_dictionary(column.type):
            raise EmobenchError(f"the column {name!r} has values that are no text")
        for chunk in column.chunks:
            if (compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0) > _LONGEST_TEXT:
                raise EmobenchError(f"the column {name!r} has a text of more than {_LONGEST_TEXT} bytes")
        table = table.set_column(table.column_names.index(name), name, column.cast(arrow.string()))
    return table
