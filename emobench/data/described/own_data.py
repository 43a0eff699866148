"""Data of the user's own, whatever it is: a table, a frame, or a folder that says what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from emobench.data.described.own_folder import table_of_folder
from emobench.data.described.own_table import NO_NUMBERS, Numbers, OwnTable, own_table, slug
from emobench.data.described.tables import is_table
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd


def is_own_data(named: str) -> bool:
    """Tell whether a text names a table or a folder, and not a dataset."""
    path = Path(named).expanduser()
    return is_table(path) or path.is_dir() or "/" in named


def own_data(
    source: str | Path | pd.DataFrame,
    name: str = "",
    columns: Mapping[str, str] = MappingProxyType({}),
    *,
    group_from: str = "",
    label_names: Sequence[str] = (),
    numbers: Numbers = NO_NUMBERS,
) -> OwnTable:
    """Return the dataset that a table, a frame or a folder is; see :func:`own_table` and :func:`table_of_folder`.

    Raises:
        EmobenchError: it cannot be read, or what a column is cannot be told.
    """
    if not isinstance(source, str | Path):
        return own_table(source, name, columns, group_from=group_from, label_names=label_names, numbers=numbers)
    path = Path(source).expanduser()
    if not path.exists():
        raise EmobenchError("no such file or folder", where=str(path), remedy="check the path")
    if not path.is_dir():
        return own_table(path, name, columns, group_from=group_from, label_names=label_names, numbers=numbers)
    frame = table_of_folder(path, columns)
    given = {role: column for role, column in columns.items() if column in frame.columns}
    name = name or slug(path.resolve().name)
    return own_table(frame, name, given, base=path, group_from=group_from, label_names=label_names, numbers=numbers)
