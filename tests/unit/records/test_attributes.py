"""Attributes of samples, of several runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench.errors import EmobenchError
from emobench.records.attributes import attributes_file, read_attributes, write_attributes


def test_an_index_without_such_columns_has_no_attributes(tmp_path: Path) -> None:
    write_attributes(tmp_path, "0" * 64, pd.DataFrame({"sample_id": ["a"], "label": ["happy"]}))
    assert read_attributes(tmp_path) == {}


def test_attributes_of_several_runs_are_put_together(tmp_path: Path) -> None:
    for run, samples in (("boards", ["a", "b"]), ("runs", ["b", "c"])):
        write_attributes(tmp_path / run, "0" * 64, pd.DataFrame({"sample_id": samples, "sex": "female"}))
    (table,) = read_attributes(tmp_path).values()
    assert list(table["sample_id"]) == ["a", "b", "c"]


def test_damaged_attributes_are_named(tmp_path: Path) -> None:
    path = attributes_file(tmp_path, "0" * 64)
    path.parent.mkdir()
    path.write_bytes(b"no table")
    with pytest.raises(EmobenchError, match=r"0000\.parquet: cannot read the attributes"):
        read_attributes(tmp_path)
