"""From rows to samples: ids, paths, parts and columns."""

from __future__ import annotations

from typing import Any

import pandas as pd

from emobench.data.described.descriptor import parse_descriptor
from emobench.data.described.rows import Rows
from emobench.data.described.samples import PLACE, below_common_folder, samples_of

TABLE: dict[str, Any] = {
    "schema": 1,
    "name": "t",
    "title": "T",
    "modalities": ["audio"],
    "tables": [{"file": "t.csv"}],
    "columns": {"audio": "wav/{file}", "group": "{who}", "split": "{set}", "sex": "{sex}"},
    "targets": {"emotion": {"from": "{emo}", "labels": {"anger": ["1"], "joy": ["2"]}}},
}


def made(**fields: list[str]) -> pd.DataFrame:
    descriptor = parse_descriptor(TABLE, "test")
    known = {"file": ["a.wav"], "who": ["x"], "set": ["Dev"], "sex": ["f"], "emo": ["2"]} | fields
    return samples_of(descriptor, Rows(pd.DataFrame(known), descriptor.columns, "t.csv"))


def test_a_row_is_a_sample_with_columns_of_its_own_and_parts_by_one_name() -> None:
    assert made().iloc[0].to_dict() == {
        "sample_id": "wav/a",
        "label": "joy",
        "group": "x",
        "audio_path": "wav/a.wav",
        "split": "validation",
        "sex": "f",
        PLACE: "t.csv, row 1",
    }


def test_absolute_paths_stand_below_the_folder_that_they_share() -> None:
    paths = pd.Series(["/home/me/data/a/1.wav", "/home/me/data/b/1.wav"])
    assert below_common_folder(paths).tolist() == ["a/1.wav", "b/1.wav"]
    assert below_common_folder(pd.Series(["/home/me/1.wav", "/data/2.wav"])).tolist() == ["1.wav", "2.wav"]


def test_paths_that_lead_out_of_the_folder_do_not_name_where_to() -> None:
    paths = pd.Series(["../../secret/a/1.wav", "../../secret/b/2.wav"])
    assert below_common_folder(paths).tolist() == ["a/1.wav", "b/2.wav"]
    assert below_common_folder(pd.Series(["a/1.wav", "b/2.wav"])).tolist() == ["a/1.wav", "b/2.wav"]
