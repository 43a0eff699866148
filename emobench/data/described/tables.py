"""Reading a table of somebody's own: CSV, TSV, JSON lines or Parquet, every value as text."""

from __future__ import annotations

import csv
import itertools
import json
import math
import os
import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 5_000_000
"""A larger table would take more memory than most machines have."""

FORMATS = {
    ".csv": "CSV",
    ".tsv": "TSV",
    ".txt": "CSV",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".parquet": "Parquet",
}
"""Ending of a file to the format."""

_DELIMITERS = ",;\t|"
_HEAD = 65_536


def is_table(path: Path) -> bool:
    """Tell by a file's name whether it is a table."""
    return path.suffix.lower() in FORMATS


def read_table(path: Path, *, may_be_empty: bool = False) -> pd.DataFrame:
    """Return a table with every value as text, missing ones as empty text.

    Args:
        path: of the file.
        may_be_empty: whether there may be headings alone.

    Raises:
        EmobenchError: it cannot be read, has no rows, too many of them, two columns of one name, or a column in which
            numbers and texts stand together.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        what = f"{path.suffix or 'a name without an ending'} tells no table"
        raise EmobenchError(what, where=str(path), remedy=f"use {', '.join(FORMATS)}")
    try:
        frame = _read(path, form)
    except EmobenchError:
        raise
    except OSError as error:
        raise EmobenchError(f"cannot be read ({error.strerror})", where=str(path), remedy="check the path") from error
    except Exception as error:  # pandas and pyarrow raise whatever their parsers do
        what = f"no readable {form} ({' '.join(str(error).split())[:200]})"
        raise EmobenchError(what, where=str(path), remedy="check the file") from error
    return as_texts(frame, str(path), may_be_empty=may_be_empty)


def _read(path: Path, form: str) -> pd.DataFrame:
    import pandas as pd

    if form == "Parquet":
        import pyarrow.parquet

        _refuse_many(pyarrow.parquet.ParquetFile(path).metadata.num_rows, str(path))
        return pd.read_parquet(path)
    if form == "JSON lines":
        with path.open(encoding="utf-8-sig") as file:
            lines = [json.loads(line) for line in itertools.islice(file, MOST_ROWS + 1) if line.strip()]
        return pd.DataFrame(lines, dtype=object)
    with path.open(newline="", encoding="utf-8-sig") as file:
        delimiter = "\t" if form == "TSV" else _delimiter(file.read(_HEAD))
        file.seek(0)
        quoting: Literal[0, 3] = csv.QUOTE_NONE if form == "TSV" else csv.QUOTE_MINIMAL
        _refuse_doubled(next(csv.reader(file, delimiter=delimiter, quoting=quoting), []), str(path))
        file.seek(0)
        frame: pd.DataFrame = pd.read_csv(
            file,
            sep=delimiter,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            nrows=MOST_ROWS + 1,
            quoting=quoting,
            index_col=False,
        )
    _refuse_lines(frame, str(path))
    return frame


def _refuse_doubled(columns: list[str], where: str) -> None:
    if doubled := [name for name in dict.fromkeys(columns) if columns.count(name) > 1]:
        raise EmobenchError(f"two columns are called {doubled[0]!r}", where=where, remedy="give one another name")


def _refuse_lines(frame: pd.DataFrame, where: str) -> None:
    """Refuse a text over several lines: mostly a quote that stands alone, which would swallow the rows after it."""
    for name in frame.columns:
        if (long := frame[name].str.contains("\n", regex=False)).any():
            what = f"row {int(long.argmax()) + 1}, column {str(name)!r}: a text over several lines"
            raise EmobenchError(what, where=where, remedy="close its quotes, or write it on one line")


def _delimiter(head: str) -> str:
    """Return what stands between the columns: what occurs most often in the first line outside of quotes."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)


def _refuse_many(rows: int, where: str) -> None:
    if rows > MOST_ROWS:
        what = f"{rows:,} rows; a table has at most {MOST_ROWS:,}"
        raise EmobenchError(what, where=where, remedy="divide it, or leave out what is not used")


def as_texts(frame: pd.DataFrame, where: str, *, may_be_empty: bool = False) -> pd.DataFrame:
    """Return a frame with every value as text, missing ones as empty text, and no index; see :func:`read_table`."""
    import pandas as pd

    _refuse_many(len(frame), where)
    columns = [str(name) for name in frame.columns]
    _refuse_doubled(columns, where)
    if frame.empty and not may_be_empty:
        raise EmobenchError("a table without rows", where=where, remedy="check the file")
    texts = {name: _texts(frame.iloc[:, place], name, where) for place, name in enumerate(columns)}
    return pd.DataFrame(texts)


def _texts(column: pd.Series[Any], name: str, where: str) -> pd.Series[Any]:
    import pandas as pd

    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        return column.fillna("").astype(str).str.strip().reset_index(drop=True)
    values = list(column)
    kinds = {kind for value in values if (kind := _kind(value))}
    if {"text", "number"} <= kinds:
        odd = next(place for place, value in enumerate(values) if _kind(value) == "number")
        what = f"column {name!r} has texts and numbers: the number {values[odd]!r} in row {odd + 1}"
        raise EmobenchError(what, where=where, remedy="write all of them in one way")
    return pd.Series([_text(value) for value in values], dtype=str)


def _kind(value: Any) -> str:
    if value is None or value is True or value is False:
        return ""
    if isinstance(value, str | os.PathLike | Enum):
        return "text"
    return "number" if isinstance(value, int | float) and not math.isnan(value) else ""


def _text(value: Any) -> str:
    import pandas as pd

    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple | dict | bytes) or not pd.api.types.is_scalar(value):
        return ""
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))  # whole numbers are read as decimal ones where a value of their column is missing
    return str(value).strip()
