"""A table as a dataset: what its columns are, and what cannot be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from emobench.contracts import Copy
from emobench.data.described import DescribedDataset, own_table
from emobench.errors import EmobenchError


def sounds(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.zeros(16_000, dtype=np.float32), 16_000)


def table(folder: Path, text: str) -> Path:
    (folder / "clips.csv").write_text(text, encoding="utf-8")
    return folder / "clips.csv"


def index(dataset: DescribedDataset) -> pd.DataFrame:
    assert dataset.root is not None
    return dataset.index(Copy(dataset.root, dataset.form)).samples


def test_columns_are_told_by_their_names_in_any_case_and_said(tmp_path: Path) -> None:
    sounds(tmp_path, "a/1.wav", "b/1.wav")
    own = own_table(table(tmp_path, "Filename,Emotion,Speaker_ID,note\na/1.wav,sad,x,n\n./b/1.wav,angry,y,n\n"))
    assert own.in_words == "clips: path = Filename, label = Emotion, group = Speaker_ID; labels angry, sad"
    assert own.dataset.labels == ("angry", "sad")
    samples = index(own.dataset)
    assert samples["sample_id"].tolist() == ["a/1", "b/1"]
    assert samples["audio_path"].tolist() == ["a/1.wav", "b/1.wav"]
    assert samples["group"].tolist() == ["x", "y"]


def test_parts_of_one_file_are_samples(tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav")
    text = "file,label,start,end\na.wav,sad,0,0.5\na.wav,angry,0.5,\n"
    samples = index(own_table(table(tmp_path, text)).dataset)
    assert samples["sample_id"].tolist() == ["a@0-0.5", "a@0.5"]
    assert samples["start"].tolist() == [0.0, 0.5]
    assert samples["end"].isna().tolist() == [False, True]


def test_a_frame_has_ids_without_the_folders_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    sounds(tmp_path, "a/1.wav", "b/1.wav")
    frame = pd.DataFrame({"path": ["a/1.wav", "b/1.wav"], "label": ["sad", "angry"]})
    samples = index(own_table(frame, "mine").dataset)
    assert samples["sample_id"].tolist() == ["a/1", "b/1"]
    assert all(Path(path).is_file() for path in samples["audio_path"])
    whole = frame.assign(path=[str(tmp_path / path) for path in frame["path"]])
    assert index(own_table(table(tmp_path, whole.to_csv(index=False))).dataset)["sample_id"].tolist() == ["a/1", "b/1"]


def test_a_group_is_found_in_the_path_and_a_table_with_signs_is_itself(tmp_path: Path) -> None:
    sounds(tmp_path, "s(01)_a.wav", "s(02)_b.wav")
    for name, label in (("t[1].csv", "angry"), ("t1.csv", "happy")):
        text = f"file,label\ns(01)_a.wav,sad\ns(02)_b.wav,{label}\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    own = own_table(tmp_path / "t[1].csv")
    assert set(index(own.dataset)["label"]) == {"sad", "angry"}
    grouped = own_table(tmp_path / "t[1].csv", group_from=r"(?i)x(\d+)|\((?P<who>\d+)\)")
    assert index(grouped.dataset)["group"].tolist() == ["01", "02"]
    with pytest.raises(EmobenchError, match="'zzz' fits no path"):
        own_table(tmp_path / "t1.csv", group_from="zzz")
    with pytest.raises(
        EmobenchError, match=r"'My Corpus' is no name of a dataset; use lower-case letters.*: my-corpus"
    ):
        own_table(tmp_path / "t1.csv", "My Corpus")
    with pytest.raises(EmobenchError, match="a dict is no table; give a DataFrame"):
        own_table({"file": []})  # type: ignore[arg-type]


def test_numbers_are_labels_in_a_stated_order(tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav", "b.wav")
    path = table(tmp_path, "file,label\na.wav,2\nb.wav,0\n")
    own = own_table(path, label_names=["angry", "happy", "sad"])
    assert own.dataset.labels == ("angry", "happy", "sad")
    assert index(own.dataset)["label"].tolist() == ["sad", "angry"]
    with pytest.raises(EmobenchError, match="label '2' is no number from 0 to 1; name as many labels"):
        own_table(path, label_names=["angry", "happy"])


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        (
            "name,label\na.wav,sad\n",
            {},
            "which column is the path\\?; name one as path, or the texts as text: name, label",
        ),
        ("file,wav,label\na.wav,a.wav,sad\n", {}, "path may be 'file' or 'wav'; name one of them as path"),
        ("file,label\na.wav,sad\n", {"group": "spkr"}, "no column 'spkr', named as group; known: file, label"),
        ("file,label\na.wav,sad\n", {"lable": "label"}, "a table has no 'lable'; did you mean 'label'?"),
        ("file,label\na.wav,sad\nb.wav,sad\n", {}, "all rows have the label 'sad'"),
        ("file,label\na.wav,sad\nb.jpg,angry\n", {}, "'b.jpg' and 'a.wav'|'a.wav'.*'b.jpg'"),
        ("file,label\na.xyz,sad\nb.wav,angry\n", {}, "'a.xyz' ends as no sound, image or film does"),
        ("file,label\n,sad\n,angry\n", {}, "ends as|no path is filled in"),
        ("file,{label}\na.wav,sad\nb.wav,angry\n", {"label": "{label}"}, "has a sign of its own meaning"),
    ],
)
def test_what_cannot_be_told_is_one_line(text: str, columns: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=words) as caught:
        own_table(table(tmp_path, text), columns=columns)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,label\nx\\a.wav,sad\nb.wav,angry\n", "'b.wav'; write / instead of"),
        ("file,label\nfile:///a.wav,sad\nb.wav,angry\n", "write paths, not addresses"),
        ("file,label\na.wav,sad\nb.wav,angry\nc.wav,sad\n", "2 of 3 files are not there: 'b.wav', 'c.wav'; paths are"),
        ("file,label\na.wav,sad\na.wav,angry\n", "clips.csv, row 1 and clips.csv, row 2 have the id 'a'"),
        ("file,label,id\na.wav,sad,x\na.wav,angry,\n", "clips.csv, row 2: an empty id"),
        ("file,label\na.wav,sad\na.wav,\na.wav,angry\n", "clips.csv, row 2: an empty label; fill it in"),
        ("file,label\na.wav,sad\n,angry\n", "clips.csv, row 2: no path of a file"),
        ("file,label,start,end\na.wav,sad,x,1\na.wav,angry,0,1\n", "row 1: start is 'x'; give seconds"),
        ("file,label,start,end\na.wav,sad,0,1\na.wav,angry,1,0.5\n", "row 2: a part from 1 to 0.5 s; the end comes"),
    ],
)
def test_rows_that_cannot_be_used_are_named(text: str, words: str, tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav")
    own = own_table(table(tmp_path, text))
    with pytest.raises(EmobenchError, match=words):
        index(own.dataset)


def test_a_table_of_texts_and_labels_needs_no_files(tmp_path: Path) -> None:
    own = own_table(table(tmp_path, "text,label\nso glad,happy\n,sad\nso glad,happy\n"))
    assert own.dataset.modalities == ("text",)
    samples = index(own.dataset)
    assert samples["sample_id"].tolist() == ["1", "2", "3"]
    assert samples["text"].tolist() == ["so glad", "", "so glad"]


def test_a_frame_of_texts_is_the_dataset_that_its_table_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "cache"))
    path = table(tmp_path, "text,label\nso glad,happy\nso sad,sad\n")
    pd.testing.assert_frame_equal(
        index(own_table(pd.read_csv(path)).dataset), index(own_table(path).dataset), check_dtype=False
    )


def test_texts_beside_files_are_one_modality_more(tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav", "b.wav")
    own = own_table(table(tmp_path, "file,transcript,label\na.wav,so glad,happy\nb.wav,,sad\n"))
    assert own.dataset.modalities == ("audio", "text")
    assert index(own.dataset)["sample_id"].tolist() == ["a", "b"]


def test_groups_are_found_in_no_paths_of_texts(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="it has no paths to find groups in; name a column as group"):
        own_table(table(tmp_path, "text,label\na,happy\nb,sad\n"), group_from="(.)")
