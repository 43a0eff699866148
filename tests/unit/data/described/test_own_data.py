"""What names data of somebody's own, and what names a dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.data.described import is_own_data, own_data
from emobench.errors import EmobenchError
from tests.support.own_faces import write_faces


def test_tables_and_folders_are_data_and_names_are_not(tmp_path: Path) -> None:
    assert is_own_data("mine.csv")
    assert is_own_data("~/data/mine.parquet")
    assert is_own_data(str(tmp_path))
    assert not is_own_data("crema-d")


def test_a_table_by_its_path_and_what_is_not_there(tmp_path: Path) -> None:
    write_faces(tmp_path, each=1).to_csv(tmp_path / "faces.csv", index=False)
    assert own_data(str(tmp_path / "faces.csv")).dataset.name == "faces"
    with pytest.raises(EmobenchError, match="no such file or folder; check the path"):
        own_data(tmp_path / "nothing.csv")
