"""Folders that say what they are, written as the tools write them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import audformat
import pandas as pd
import pyarrow as pa
import pytest

from emobench.contracts import Copy
from emobench.data.described import OwnTable, own_data
from emobench.data.described.own_folder import table_of_folder
from emobench.errors import EmobenchError
from tests.support.own_faces import write_faces


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "cache"))


def samples(own: OwnTable) -> pd.DataFrame:
    assert own.dataset.root is not None
    return own.dataset.index(Copy(own.dataset.root, own.dataset.form)).samples


def in_class_folders(frame: pd.DataFrame, folder: Path, *, parts: bool = False) -> Path:
    for file, label, person in frame.itertuples(index=False):
        place = folder / ("test" if person == "p0" else "train") / label if parts else folder / label
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder.parent / file, place / f"{person}-{Path(file).name}")
    return folder


def written(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    folder = in_class_folders(write_faces(tmp_path), tmp_path / "My Faces")
    own = own_data(folder, group_from="(p[0-9])-")
    found = samples(own)
    assert own.dataset.name == "my-faces"
    assert found["label"].value_counts().to_dict() == {"joy": 20, "anger": 20}
    assert found["sample_id"].iloc[0] == "anger/p0-anger-0"
    assert set(found["group"]) == {"p0", "p1", "p2", "p3"}


def test_a_folder_for_each_class_in_each_part(tmp_path: Path) -> None:
    found = samples(own_data(in_class_folders(write_faces(tmp_path), tmp_path / "faces", parts=True)))
    assert found.groupby(["split", "label"]).size().to_dict() == {
        ("test", "anger"): 5,
        ("test", "joy"): 5,
        ("train", "anger"): 15,
        ("train", "joy"): 15,
    }


def test_folders_of_people_with_their_emotions_in_them_are_groups(tmp_path: Path) -> None:
    for person in ("anna", "ben"):
        for label in ("anger", "sad"):
            written(tmp_path / person / label / "1.wav")
    table = table_of_folder(tmp_path, {})
    assert set(zip(table["group"], table["label"], strict=True)) == {
        (person, label) for person in ("anna", "ben") for label in ("anger", "sad")
    }


def test_classes_with_folders_of_people_in_them_stay_classes(tmp_path: Path) -> None:
    for label in ("anger", "sad"):
        written(tmp_path / label / "anna" / "1.wav")
    assert set(table_of_folder(tmp_path, {})["label"]) == {"anger", "sad"}


def test_a_folder_beside_parts_that_is_called_like_none_is_refused(tmp_path: Path) -> None:
    for part in ("train", "test", "extra"):
        written(tmp_path / part / "happy" / "1.wav")
    with pytest.raises(EmobenchError, match="test and train: a part; extra: called like none"):
        table_of_folder(tmp_path, {})


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_metadata_beside_the_files_of_each_part(tmp_path: Path, ending: str) -> None:
    frame = write_faces(tmp_path / "faces" / "train").rename(columns={"file": "file_name"})
    path = tmp_path / "faces" / "train" / f"metadata.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    shutil.copytree(tmp_path / "faces" / "train", tmp_path / "faces" / "validation")
    found = samples(own_data(tmp_path / "faces"))
    assert found["split"].value_counts().to_dict() == {"train": 40, "validation": 40}
    assert found["group"].nunique() == 4


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # what audformat does is its own affair
def test_an_audformat_database_with_segments_speakers_and_parts(tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    for name in ("a.wav", "b.wav"):
        (tmp_path / "db" / "audio").mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "db" / "audio" / name, np.zeros(32_000, dtype=np.float32), 16_000)
    database = audformat.Database("mine")
    database.schemes["emotion"] = audformat.Scheme(labels=["anger", "joy"])
    database.schemes["speaker"] = audformat.Scheme("str")
    for part, file in (("train", "audio/a.wav"), ("test", "audio/b.wav")):
        database.splits[part] = audformat.Split(part)
        index = audformat.segmented_index([file, file], ["0s", "1s"], ["1s", pd.NaT])
        table = database[f"emotion.{part}"] = audformat.Table(index, split_id=part)
        for scheme, values in (("emotion", ["anger", "joy"]), ("speaker", [part, part])):
            table[scheme] = audformat.Column(scheme_id=scheme)
            table[scheme].set(values)
    database.save(str(tmp_path / "db"))
    found = samples(own_data(tmp_path / "db", "mine"))
    assert found["label"].tolist() == ["anger", "joy", "anger", "joy"]
    assert found["split"].tolist() == ["train", "train", "test", "test"]
    assert found["group"].tolist() == ["train", "train", "test", "test"]
    assert found["start"].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert found["end"].isna().tolist() == [False, True, False, True]


def saved(folder: Path, frame: pd.DataFrame, features: dict[str, Any]) -> None:
    """Write one part as Hugging Face's library saves it: Arrow streams with two files of JSON beside them."""
    folder.mkdir(parents=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with (
        pa.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as sink,
        pa.ipc.new_stream(sink, table.schema) as file,
    ):
        file.write_table(table)
    files = [{"filename": "data-00000-of-00001.arrow"}]
    (folder / "state.json").write_text(json.dumps({"_data_files": files}), encoding="utf-8")
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}), encoding="utf-8")


def test_what_hugging_faces_library_saved_with_pictures_in_it(tmp_path: Path) -> None:
    frame = write_faces(tmp_path)
    features = {
        "image": {"_type": "Image"},
        "label": {"names": ["anger", "joy"], "_type": "ClassLabel"},
        "speaker": {"dtype": "string", "_type": "Value"},
    }
    for part, chosen in (("train", frame[frame["person"] != "p0"]), ("test", frame[frame["person"] == "p0"])):
        rows = {
            "image": [{"bytes": (tmp_path / file).read_bytes(), "path": None} for file in chosen["file"]],
            "label": [["anger", "joy"].index(label) for label in chosen["emotion"]],
            "speaker": list(chosen["person"]),
        }
        saved(tmp_path / "saved" / part, pd.DataFrame(rows), features)
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}', encoding="utf-8")
    found = samples(own_data(tmp_path / "saved"))
    assert found.groupby(["split", "label"]).size().to_dict() == {
        ("test", "anger"): 5,
        ("test", "joy"): 5,
        ("train", "anger"): 15,
        ("train", "joy"): 15,
    }
    first = found[found["split"] == "test"].iloc[0]
    assert first["image_path"].endswith(".png")
    written = {Path(path).read_bytes() for path in found["image_path"]}
    assert written == {(tmp_path / file).read_bytes() for file in frame["file"]}
    assert found["sample_id"].tolist()[:2] == ["test/000000", "test/000001"]


def test_folders_that_say_nothing_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no such file or folder"):
        own_data(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmobenchError, match="nothing says what is in this folder"):
        own_data(tmp_path / "empty")
    folder = in_class_folders(write_faces(tmp_path), tmp_path / "faces")
    shutil.copy(tmp_path / "p0/joy-0.png", folder / "lost.png")
    with pytest.raises(EmobenchError, match=r"1 file lies in no folder of a class: lost\.png"):
        own_data(folder)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "state.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EmobenchError, match="no dataset that Hugging Face's library saved"):
        own_data(tmp_path / "saved")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "db.yaml").write_text("x: [", encoding="utf-8")
    with pytest.raises(EmobenchError, match="audformat cannot read this database"):
        own_data(tmp_path / "db")


@pytest.mark.parametrize(
    ("paths", "labels", "groups"),
    [
        (["Joy/angry/1.wav", "Ben/happy/2.wav", "Anna/angry/3.wav"], {"angry", "happy"}, {"Joy", "Ben", "Anna"}),
        (["a/calm/1.wav", "a/anxiety/2.wav", "b/sad/3.wav"], {"calm", "anxiety", "sad"}, {"a", "b"}),
        (["x/anna/angry/1.wav", "x/ben/happy/2.wav"], {"angry", "happy"}, {"x/anna", "x/ben"}),
        (["cat/1.wav", "dog/2.wav"], {"cat", "dog"}, None),
        (["angry/happy/1.wav", "sad/happy/2.wav"], {"angry", "sad"}, None),
    ],
)
def test_classes_are_the_first_folders_of_which_most_are_emotions(
    tmp_path: Path, paths: list[str], labels: set[str], groups: set[str] | None
) -> None:
    for path in paths:
        written(tmp_path / path)
    table = table_of_folder(tmp_path, {})
    assert set(table["label"]) == labels
    assert (set(table["group"]) if "group" in table else None) == groups


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["train/angry/1.wav", "heldout/happy/2.wav"], "train: a part; heldout: called like none"),
        (["fold1/angry/1.wav", "fold2/happy/2.wav"], "the classes lie in folders such as 'fold1', which name nobody"),
        (["anna/train/angry/1.wav", "anna/train/happy/2.wav"], "the classes lie in folders such as 'anna/train'"),
    ],
)
def test_folders_that_are_neither_people_nor_parts_are_refused(tmp_path: Path, paths: list[str], said: str) -> None:
    for path in paths:
        written(tmp_path / path)
    with pytest.raises(EmobenchError, match=said):
        table_of_folder(tmp_path, {})


def test_what_hugging_faces_library_saved_of_texts(tmp_path: Path) -> None:
    features = {
        "text": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["sadness", "joy"], "_type": "ClassLabel"},
    }
    for part in ("train", "test"):
        saved(tmp_path / "saved" / part, pd.DataFrame({"text": ["so sad", "so glad"], "label": [0, 1]}), features)
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}', encoding="utf-8")
    own = own_data(tmp_path / "saved")
    assert own.dataset.modalities == ("text",)
    found = samples(own).set_index("sample_id")
    assert found["text"].to_dict() == {
        "test/1": "so sad",
        "test/2": "so glad",
        "train/1": "so sad",
        "train/2": "so glad",
    }
