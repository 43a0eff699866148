"""Datasets that are known besides those of plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.data import SUFFIX, described_at, own_table, with_data, with_datasets, write_descriptor
from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from tests.support.own_faces import write_faces


def descriptor(folder: Path, name: str) -> Path:
    write_faces(folder, each=1).to_csv(folder / "faces.csv", index=False)
    write_descriptor(own_table(folder / "faces.csv", name).dataset.descriptor, folder / f"{name}{SUFFIX}")
    return folder / f"{name}{SUFFIX}"


def test_descriptors_in_a_data_folder_are_known_with_a_map_of_their_labels(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    descriptor(tmp_path / "deep", "mine")
    known = with_data(Registry(), tmp_path)
    assert known.datasets["mine"].labels == ("anger", "joy")
    assert known.label_maps["mine-labels"].classes == ("anger", "joy")
    assert with_data(Registry(), None).datasets == {}
    assert with_data(Registry(), tmp_path / "nothing").datasets == {}


def test_a_name_is_given_once(tmp_path: Path) -> None:
    first = described_at(descriptor(tmp_path / "a", "mine"))
    other = described_at(descriptor(tmp_path / "b", "mine"))
    known = with_datasets(Registry(), [first])
    assert with_datasets(known, [first]).datasets == known.datasets
    with pytest.raises(EmobenchError, match="a dataset is called 'mine' already; give this one another name"):
        with_datasets(known, [other])


def test_a_broken_descriptor_is_one_line_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / f"x{SUFFIX}"
    path.write_text("schema = 1", encoding="utf-8")
    with pytest.raises(EmobenchError, match=rf"x{SUFFIX}: the key 'name' is missing"):
        with_data(Registry(), tmp_path)
