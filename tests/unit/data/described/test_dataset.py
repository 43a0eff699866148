"""Descriptors: found, read, refused, and imitated by a twin that they find and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.data import scan
from emobench.data.described import DescribedDataset, Descriptor
from emobench.decoding import read_sample
from emobench.errors import EmobenchError
from tests.support.described import FILES, LINES, twin


def test_files_by_a_pattern(tmp_path: Path) -> None:
    dataset, copy = twin(FILES, tmp_path)
    (copy.root / "DC" / "DC_x01.wav").write_bytes(b"")
    (copy.root / "DC" / "DC_sa03.WAV").write_bytes(b"x")
    index = dataset.index(copy)
    rows = {row["sample_id"]: row for row in index.samples.to_dict("records")}
    known = {"label": "surprise", "group": "JE", "audio_path": "JE/JE_su02.wav", "sample_id": "JE_su02"}
    assert rows["JE_su02"] == known
    assert rows["DC_sa03"]["label"] == "sadness"
    assert set(index.samples["label"]) == set(dataset.labels)
    assert [(finding.kind, finding.where) for finding in index.findings] == [("extra", "DC/DC_x01.wav")]


def test_lines_of_a_text_are_parts_of_films(tmp_path: Path) -> None:
    dataset, copy = twin(LINES, tmp_path)
    samples = dataset.index(copy).samples
    assert samples["video_path"].tolist() == ["films/S1_a.avi", "films/S1_a.avi", "films/S1_b.avi"]
    assert samples["group"].tolist() == ["F", "M", "F"]
    first = {str(name): value for name, value in samples.iloc[0].items()}
    film = read_sample(dataset, copy, first, "video")
    assert film.frames == 5
    assert film.read([0])[0].shape == (64, 64, 3)


def test_rows_that_have_none_of_the_classes_are_left_out(tmp_path: Path) -> None:
    target = {"from": "{label}", "left_out": ["xxx"], "labels": {"anger": ["ang"], "neutral": ["neu"]}}
    dataset, copy = twin({**LINES, "targets": {"emotion": target}}, tmp_path)
    with (copy.root / "Session1" / "labels.txt").open("a", encoding="utf-8") as file:
        file.write("[0.2 - 0.4]\tS1_c_F01\txxx\n[0.2 - 0.4]\tS1_c_M01\txxx\n")
    index = dataset.index(copy)
    assert index.samples["sample_id"].tolist() == ["S1_a_F01", "S1_a_M02", "S1_b_F01"]
    found = [(each.kind, each.where, each.what) for each in index.findings]
    assert found == [("odd", "Session*/labels.txt", "2 rows have none of the classes: xxx")]


def test_values_of_a_column_are_written_in_several_ways(tmp_path: Path) -> None:
    columns = {**LINES["columns"], "split": "{speaker}"}
    dataset, copy = twin({**LINES, "columns": columns, "values": {"split": {"train": ["F", "f"]}}}, tmp_path)
    assert dataset.index(copy).samples["split"].tolist() == ["train", "M", "train"]


def test_a_table_whose_name_others_have_too_is_told_by_what_lies_beside_it(tmp_path: Path) -> None:
    table = {**LINES["tables"][0], "file": "labels.txt", "beside": ["films", "readme.txt"]}
    dataset, copy = twin({**LINES, "tables": [table]}, tmp_path)
    assert (copy.root / "readme.txt").is_file()
    (copy.root / "readme.txt").unlink()
    assert dataset.find(scan(tmp_path)[0]) == []


def test_another_layout_has_the_same_ids_and_no_twin(tmp_path: Path) -> None:
    layouts = [*FILES["files"], {"pattern": "{speaker}_{label}{number}.wav", "twin": False}]
    content = {**FILES, "files": layouts, "columns": {**FILES["columns"], "id": "{speaker}{label}{number}"}}
    dataset, copy = twin(content, tmp_path / "twin")
    assert all("/" in path for path in dataset.index(copy).samples["audio_path"])
    flat = tmp_path / "flat"
    for path in copy.root.rglob("*.wav"):
        flat.mkdir(exist_ok=True)
        path.rename(flat / path.name)
    (other,) = dataset.find(scan(flat)[0])
    assert dataset.index(other).samples["sample_id"].is_unique
    assert dataset.index(other).samples["sample_id"][0] == "DCa01"


def test_files_of_other_kinds_are_no_findings(tmp_path: Path) -> None:
    dataset, copy = twin(FILES, tmp_path)
    (copy.root / "DC" / "DC_a01.txt").write_bytes(b"")
    (copy.root / "README").write_bytes(b"")
    assert dataset.index(copy).findings == ()


def test_what_a_table_names_and_is_not_here_is_listed(tmp_path: Path) -> None:
    dataset, copy = twin(LINES, tmp_path)
    (copy.root / "films" / "S1_b.avi").unlink()
    index = dataset.index(copy)
    assert index.samples["sample_id"].tolist() == ["S1_a_F01", "S1_a_M02"]
    assert [(each.kind, each.where) for each in index.findings] == [("missing", "films/S1_b.avi")]


def test_an_unknown_label_says_where_and_how_many(tmp_path: Path) -> None:
    content = {**FILES, "targets": {"emotion": {"from": "{label}", "labels": {"anger": ["a"], "sadness": ["sa"]}}}}
    whole, copy = twin(FILES, tmp_path)
    dataset = DescribedDataset(Descriptor.model_validate(content))
    number = int((whole.index(copy).samples["label"] == "surprise").sum())
    with pytest.raises(EmobenchError, match=rf"'su' is no label of 'acted' \(and {number - 1} other rows\)"):
        dataset.index(copy)
