"""From the rows of a described dataset to the samples of its index."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from emobench.contracts import column_of, part_called
from emobench.data.described.descriptor import MODALITIES, TEXTS, Descriptor
from emobench.data.described.rows import Rows
from emobench.errors import EmobenchError, counted, nearest

if TYPE_CHECKING:
    import pandas as pd

PLACE = "where"
"""A column that says where a sample comes from; it is for messages, and not in the index."""


def samples_of(descriptor: Descriptor, rows: Rows) -> pd.DataFrame:
    """Return the samples of some rows: the columns of an index, and :data:`PLACE`.

    Raises:
        EmobenchError: a label is empty or unknown, a path is empty, or seconds are no seconds.
    """
    import pandas as pd

    columns = {name: rows.filled(text).str.strip() for name, text in rows.columns.items()}
    columns |= {name: columns[name].replace(_meaning(of)) for name, of in descriptor.values.items() if name in columns}
    paths = {column_of(modality): columns[modality].map(_relative) for modality in descriptor.media}
    if paths and (empty := (pd.DataFrame(paths) == "").all(axis=1)).any():
        raise EmobenchError("no path of a file", where=rows.place(int(empty.argmax())), remedy="fill it in")
    made = {
        "label": _labels(descriptor, rows),
        "group": columns.get("group", ""),
        **paths,
        **_numbers(descriptor, rows),
    }
    if "split" in columns:
        made["split"] = columns["split"].map(lambda name: part_called(name) if name else "")
    made |= {name: columns[name] for name in ("take", "text") if name in columns}
    made |= _parts(columns, rows)
    made |= {name: values for name, values in columns.items() if name not in (*TEXTS, *MODALITIES)}
    samples = pd.DataFrame(made)
    samples.insert(0, "sample_id", _ids(samples, columns, next(iter(paths), "")))
    samples[PLACE] = [rows.place(position) for position in range(len(samples))]
    return samples


def paths_of(descriptor: Descriptor, rows: Rows) -> list[str]:
    """Return the files that some rows name, each once."""
    named = [rows.filled(rows.columns[modality]).str.strip().map(_relative) for modality in descriptor.media]
    return [path for path in dict.fromkeys(path for paths in named for path in paths) if path]


def _meaning(values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return the value that each spelling means."""
    return {spelling: value for value, spellings in values.items() for spelling in spellings}


def _labels(descriptor: Descriptor, rows: Rows) -> pd.Series[str]:
    import pandas as pd

    if descriptor.target is None:
        return pd.Series("", index=rows.fields.index, dtype=object)
    written = rows.filled(descriptor.target.value).str.strip()
    meaning = descriptor.target.by_spelling
    if descriptor.numbers:  # what has no class may have votes or values
        meaning = meaning | dict.fromkeys(descriptor.target.left_out, "")
    labels = written.map(meaning)
    if (unknown := labels.isna()).any():
        first = int(unknown.argmax())
        value = written.iloc[first]
        others = int((written == value).sum()) - 1
        more = f" (and {counted(others, 'other row', 'other rows')})" if others else ""
        what = f"{value!r} is no label of {descriptor.name!r}{more}" if value else f"an empty label{more}"
        remedy = nearest(value, meaning) if value else "fill it in, or leave the row out"
        raise EmobenchError(what, where=rows.place(first), remedy=remedy)
    return labels


def _numbers(descriptor: Descriptor, rows: Rows) -> dict[str, pd.Series[float]]:
    """Return the columns of targets that are votes or values; NaN where nothing is written.

    Raises:
        EmobenchError: something is written that is no number; several numbers are those of a label that goes on in time.
    """
    import pandas as pd

    found: dict[str, pd.Series[float]] = {}
    for target, told in descriptor.numbers.items():
        for name, text in told.texts.items():
            written = rows.filled(text).str.strip()
            values = pd.to_numeric(written.where(written != "", None), errors="coerce")
            if (odd := (written != "") & values.isna()).any():
                first = int(odd.argmax())
                several = len(re.split(r"[\s,;]+", written.iloc[first].strip("[]() "))) > 1
                remedy = "labels that go on in time are not read: write one number for each sample"
                what = f"{name} is {written.iloc[first][:40]!r}, which is no number"
                raise EmobenchError(what, where=rows.place(first), remedy=remedy if several else "write a number")
            found[f"{target}.{name}"] = values.astype(float)
    return found


def _relative(path: str) -> str:
    """Return a path as it is written on every system."""
    return path.replace(os.sep, "/").removeprefix("./")


def _ids(samples: pd.DataFrame, columns: dict[str, pd.Series[str]], path: str) -> pd.Series[str]:
    if "id" in columns:
        return columns["id"]
    return ids_of(samples[path], columns) if path else numbers_of(samples)


def numbers_of(rows: pd.DataFrame) -> pd.Series[str]:
    """Return the numbers of rows, from 1, as ids of texts: they have no path, and one text may stand in several rows."""
    import pandas as pd

    return pd.Series([str(number + 1) for number in range(len(rows))], index=rows.index, dtype=object)


def ids_of(paths: pd.Series[str], columns: Mapping[str, pd.Series[str]]) -> pd.Series[str]:
    """Return ids by the paths of files without their endings, and by ``start`` and ``end`` as they are written."""
    ids = below_common_folder(paths).map(lambda path: posixpath.splitext(path)[0])
    for name, mark in (("start", "@"), ("end", "-")):
        if name in columns:
            ids = ids + columns[name].map(lambda seconds, mark=mark: f"{mark}{seconds}" if seconds else "")
    return ids


def below_common_folder(paths: pd.Series[str]) -> pd.Series[str]:
    """Return paths that lead out of the table's folder below the folder that all share: others do not have its folders."""
    if not any(path.startswith(("/", "..")) for path in paths):
        return paths
    deep = "/x" * max(path.count("..") for path in paths)  # a place from which every ".." leads somewhere
    whole = paths.map(lambda path: posixpath.normpath(posixpath.join(deep or "/", path)) if path else "")
    common = posixpath.commonpath({posixpath.dirname(path) for path in whole if path})
    if common == "/":  # nothing in common: a name must do
        return whole.map(posixpath.basename)
    return whole.map(lambda path: posixpath.relpath(path, common) if path else "")


def _parts(columns: dict[str, pd.Series[str]], rows: Rows) -> dict[str, pd.Series[float]]:
    """Return ``start`` and ``end`` in seconds where there is one of the two; NaN for an end that is that of the file."""
    import numpy as np
    import pandas as pd

    if not {"start", "end"} & columns.keys():
        return {}
    seconds: dict[str, pd.Series[float]] = {}
    for name, default in (("start", 0.0), ("end", np.nan)):
        written = columns.get(name, pd.Series("", index=rows.fields.index))
        values = pd.to_numeric(written.where(written != "", None), errors="coerce")
        if (odd := (written != "") & ~(values >= 0) | np.isinf(values)).any():
            first = int(odd.argmax())
            remedy = "give seconds from the beginning of the file"
            raise EmobenchError(f"{name} is {written.iloc[first]!r}", where=rows.place(first), remedy=remedy)
        seconds[name] = values.astype(float).fillna(default)
    if (wrong := seconds["end"] <= seconds["start"]).any():
        first = int(wrong.argmax())
        what = f"a part from {seconds['start'].iloc[first]:g} to {seconds['end'].iloc[first]:g} s"
        raise EmobenchError(what, where=rows.place(first), remedy="the end comes after the start")
    return seconds
