"""Somebody's published split: read from files as people publish them, and matched with the samples of a dataset."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from emobench.contracts import part_called
from emobench.errors import EmobenchError
from emobench.splits.lists import divided, files_hash, matched, read_lists

SAMPLES = pd.DataFrame(
    {
        "sample_id": ["Actor_01/a", "Actor_01/b", "Actor_02/a", "Actor_02/c"],
        "audio_path": ["Actor_01/a.wav", "Actor_01/b.wav", "Actor_02/a.wav", "Actor_02/c.wav"],
    }
)
IDS = list(SAMPLES["sample_id"])


def parts(named: str, fold: str = "", **columns: str) -> dict[str, tuple[str, ...]]:
    return dict(divided(read_lists(named, columns, IDS), SAMPLES, fold).parts)


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_table_with_a_column_of_parts(tmp_path: Path) -> None:
    text = "path,split\nx/Actor_01/a.wav,TRAIN\nActor_01/b.wav,Dev\nActor_02/a.wav,Test1\nActor_02/c,test2\n"
    found = parts(write(tmp_path / "list.csv", text))
    assert list(found) == ["train", "validation", "test1", "test2"]
    assert list(found.values()) == [(name,) for name in IDS]


def test_files_called_after_parts_and_folds(tmp_path: Path) -> None:
    rows = {"fold_1": ("Actor_01/a", "Actor_02/a"), "fold_2": ("Actor_02/a", "Actor_01/a")}
    for fold, (train, test) in rows.items():
        for part, name in (("train", train), ("test", test)):
            row = json.dumps(
                {"key": f"corpus-{name.replace('/', '-')}", "wav": f"downloads/corpus/{name}.wav", "emo": "x"}
            )
            write(tmp_path / fold / f"corpus_{part}_{fold}.jsonl", row + "\n")
    listed = read_lists(str(tmp_path), {}, IDS)
    assert listed.folds == ("1", "2")
    assert parts(str(tmp_path), "2") == {"train": ("Actor_02/a",), "test": ("Actor_01/a",)}
    assert parts(str(tmp_path / "fold_1" / "*.jsonl"), "1") == {"train": ("Actor_01/a",), "test": ("Actor_02/a",)}


def test_a_part_told_by_the_folder_and_a_fold_by_the_name(tmp_path: Path) -> None:
    for part, name in (("train(single-labeled)", "b"), ("test(single-labeled)", "c")):
        write(tmp_path / part / "set_3.csv", f"video_name,label\n{name},1\n")
    assert parts(str(tmp_path), "3") == {"train": ("Actor_01/b",), "test": ("Actor_02/c",)}


def test_a_table_without_headings(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "b,ANG\nActor_01/a,SAD\n")
    write(tmp_path / "test.csv", "c,ANG\n")
    assert parts(str(tmp_path)) == {"train": ("Actor_01/a", "Actor_01/b"), "test": ("Actor_02/c",)}


def test_a_table_without_headings_whose_first_file_is_not_in_the_data(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "gone/z.wav,ANG\nActor_01/a.wav,SAD\n")
    write(tmp_path / "test.csv", "Actor_02/c.wav,ANG\n")
    listed = divided(read_lists(str(tmp_path), {}, IDS), SAMPLES)
    assert dict(listed.parts) == {"train": ("Actor_01/a",), "test": ("Actor_02/c",)}
    assert listed.unmatched == ("gone/z.wav",)


def test_a_sample_made_of_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "actor,take,set\n01,a,train\n02,c,test\n")
    assert parts(path, sample="Actor_{actor}/{take}") == {"train": ("Actor_01/a",), "test": ("Actor_02/c",)}


def test_names_without_a_sample_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "path,part\nActor_01/a.wav,train\nActor_02/c.wav,test\nActor_09/z.wav,test\n")
    assert divided(read_lists(path, {}, IDS), SAMPLES).unmatched == ("Actor_09/z.wav",)


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("Actor_01/a", "Actor_01/a"),
        ("/data/ravdess/Actor_02/a.flac", "Actor_02/a"),
        ("Actor_02\\a.wav", "Actor_02/a"),
        ("b", "Actor_01/b"),
        ("a.wav", None),  # of two actors
        ("d.wav", None),
        ("xb.wav", None),
        ("Actor_03/b.wav", None),  # another folder's
    ],
)
def test_a_name_means_one_sample_or_none(name: str, sample: str | None) -> None:
    assert matched(pd.Series([name]), SAMPLES)[name] == ((sample,) if sample else ())


def test_an_id_with_a_dot_is_whole() -> None:
    table = pd.DataFrame({"sample_id": ["d0.utt0", "d0.utt1"], "audio_path": ["x/1.wav", "x/2.wav"]})
    assert matched(pd.Series(["d0.utt0", "d0.utt1"]), table) == {"d0.utt0": ("d0.utt0",), "d0.utt1": ("d0.utt1",)}


def test_a_file_means_all_its_parts() -> None:
    table = pd.DataFrame({"sample_id": ["a@0-1", "a@1-2", "b"], "audio_path": ["x/a.wav", "x/a.wav", "x/b.wav"]})
    assert matched(pd.Series(["a.wav"]), table)["a.wav"] == ("a@0-1", "a@1-2")
    assert matched(pd.Series(["x/a.wav"]), table)["x/a.wav"] == ("a@0-1", "a@1-2")


def test_rows_without_a_fold_are_in_every_fold(tmp_path: Path) -> None:
    text = "path,part,fold\nActor_01/a,train,\nActor_01/b,test,1\nActor_02/a,test,2\n"
    path = write(tmp_path / "list.csv", text)
    assert parts(path, "1") == {"train": ("Actor_01/a",), "test": ("Actor_01/b",)}
    assert parts(path, "2") == {"train": ("Actor_01/a",), "test": ("Actor_02/a",)}


@pytest.mark.parametrize("pattern", ["fold_?/*.csv", "fold_[12]/*.csv", "*/*.csv"])
def test_lists_by_a_pattern_in_a_folder_with_signs(pattern: str, tmp_path: Path) -> None:
    for fold in ("1", "2"):
        for part, name in (("train", "Actor_01/a"), ("test", "Actor_02/c")):
            write(tmp_path / "my [v1] lists" / f"fold_{fold}" / f"cv5_{part}.csv", f"path\n{name}\n")
    assert read_lists(str(tmp_path / "my [v1] lists" / pattern), {}, IDS).folds == ("1", "2")


@pytest.mark.parametrize(
    ("name", "text", "columns", "words"),
    [
        (
            "list.csv",
            "path,part\nz.wav,train\n",
            {},
            "no sample of the lists is in the data: 'z.wav', where the data has",
        ),
        ("list.csv", "path,part\nb,train\nActor_01/b.wav,test\n", {}, "1 sample is in two parts: Actor_01/b"),
        ("list.csv", "path,part\nb,\n", {}, "row 1 has no sample or no part"),
        ("list.csv", "path,label\nb,x\n", {}, "nothing says which part these samples are in; add a column"),
        ("train.csv", "x,label\n1,x\n", {}, "no column of samples; name it as sample: x, label"),
        ("list.csv", "path,part\nb,train\n", {"part": "prt"}, "no column 'prt'; did you mean 'part'?"),
        ("list.csv", "path,part\nb,train\n", {"smaple": "path"}, "a list has no 'smaple'; did you mean 'sample'?"),
        ("list.csv", "path,part\nb,train\n", {"sample": "{actor}"}, "no column 'actor'"),
    ],
)
def test_lists_that_cannot_be_used_are_one_line(
    name: str, text: str, columns: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(EmobenchError) as caught:
        parts(write(tmp_path / name, text), **columns)
    assert words in str(caught.value)


def test_two_lists_of_one_part_are_refused_by_name(tmp_path: Path) -> None:
    for name in ("train_fold1.csv", "train_fold_1.csv"):
        write(tmp_path / name, "path\nb\n")
    with pytest.raises(
        EmobenchError, match=r"two lists of the part 'train' of fold 1: .*train_fold1.csv and .*fold_1.csv"
    ):
        parts(str(tmp_path), "1")
    with pytest.raises(EmobenchError, match="no list is here"):
        parts(str(tmp_path / "nothing*.csv"))


def test_the_hash_is_that_of_the_content_wherever_it_lies(tmp_path: Path) -> None:
    one, other = (write(tmp_path / folder / "train.csv", "path\nb\n") for folder in ("one", "other"))
    assert files_hash(one) == files_hash(other)
    write(Path(other), "path\nc\n")
    assert files_hash(one) != files_hash(other)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Train", "train"),
        ("devel", "validation"),
        ("Test 2", "test2"),
        ("EVAL", "test"),
        ("PrivateTest", "PrivateTest"),
    ],
)
def test_parts_go_by_one_name(name: str, part: str) -> None:
    assert part_called(name) == part
