"""Tables of somebody's own, in every format, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.data.described import tables
from emobench.data.described.tables import as_texts, read_table
from emobench.errors import EmobenchError

FRAME = pd.DataFrame({"file": ["a.wav", "b.wav"], "speaker": [1, 2], "start": [0.5, None], "emotion": ["sad", None]})
TEXTS = {"file": ["a.wav", "b.wav"], "speaker": ["1", "2"], "start": ["0.5", ""], "emotion": ["sad", ""]}


def write(frame: pd.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".parquet":
            frame.to_parquet(path)
        case ".jsonl":
            frame.to_json(path, orient="records", lines=True)
        case ending:
            frame.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet", "t.jsonl"])
def test_every_format_gives_the_same_texts(name: str, tmp_path: Path) -> None:
    assert read_table(write(FRAME, tmp_path / name)).to_dict("list") == TEXTS


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_csv_with_other_delimiters_a_mark_and_quotes_is_read(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'file{delimiter}"note, long"\r\na.wav{delimiter}"x, y"\r\n', encoding="utf-8-sig")
    assert read_table(path).to_dict("list") == {"file": ["a.wav"], "note, long": ["x, y"]}


def test_texts_that_look_like_numbers_or_nothing_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("file,speaker,emotion\n007.wav,01,NA\n", encoding="utf-8")
    assert read_table(path).iloc[0].tolist() == ["007.wav", "01", "NA"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"file": ["a.wav", 3]}, "column 'file' has texts and numbers: the number 3 in row 2"),
        ({"file": []}, "a table without rows"),
    ],
)
def test_frames_that_cannot_be_used_are_one_line(frame: Any, words: str) -> None:
    with pytest.raises(EmobenchError, match=words):
        as_texts(pd.DataFrame(frame), "table")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"a,a\n1,2\n", "two columns are called 'a'"),
        ("t.csv", b'a,b\n1,"x\n2,y\n3,z"\n', "row 1, column 'b': a text over several lines; close its quotes"),
        ("t.csv", b"\xff\xfe\x00", "no readable CSV"),
        ("t.csv", b"", "no readable CSV"),
        ("t.parquet", b"PAR1", "no readable Parquet"),
        ("t.jsonl", b"{", "no readable JSON lines"),
        ("t.xlsx", b"PK", ".xlsx tells no table"),
    ],
)
def test_files_that_cannot_be_read_are_one_line(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EmobenchError, match=words) as caught:
        read_table(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_quotes_in_a_tsv_are_signs_like_others(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text('a\tb\n1\t"well\n2\toh"\n', encoding="utf-8")
    assert read_table(tmp_path / "t.tsv").to_dict("list") == {"a": ["1", "2"], "b": ['"well', 'oh"']}


def test_large_whole_numbers_and_paths_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"s": 9007199254740993}\n{"s": 9007199254740992}\n{"s": null}\n')
    assert read_table(tmp_path / "t.jsonl")["s"].tolist() == ["9007199254740993", "9007199254740992", ""]
    assert as_texts(pd.DataFrame({"file": [Path("a/b.wav")]}), "table")["file"].tolist() == ["a/b.wav"]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.jsonl"])
def test_too_many_rows_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    with pytest.raises(EmobenchError, match="2 rows; a table has at most 1"):
        read_table(write(FRAME, tmp_path / name))
