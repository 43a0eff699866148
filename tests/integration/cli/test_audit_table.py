"""``emobench audit --table``: somebody's split, with the files or without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emobench import cli
from tests.support.own_faces import write_faces


def audit(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = cli.invoke(["audit", *arguments])
    return code, " ".join(capsys.readouterr().out.split())


def test_a_split_is_audited_without_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = write_faces(tmp_path / "files")
    table, report = str(tmp_path / "faces.csv"), tmp_path / "report.md"
    frame.drop(columns="person").to_csv(table, index=False)
    for fold in (1, 2):
        test = frame["file"].str.contains(f"-{fold}")
        for part, chosen in (("train", frame[~test]), ("test", frame[test])):
            chosen[["file"]].to_csv(tmp_path / f"{part}_fold_{fold}.csv", index=False)
    lists = ["--split", str(tmp_path / "*_fold_?.csv"), "--group-from", "(p[0-9])/"]
    code, said = audit("--table", table, *lists, "--report", str(report), capsys=capsys)
    assert code == 1
    assert "the files are not here" in said
    for fold in (1, 2):
        assert f"fold {fold}: train 32, test 8; 4 of 4 groups tested are in training too" in said
    text = report.read_text(encoding="utf-8")
    assert text.startswith("## Audit of faces\n")
    assert "4 of 4 groups" in text


def test_a_split_with_people_apart_passes_and_files_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = write_faces(tmp_path)
    frame["split"] = frame["person"].map({"p0": "test"}).fillna("train")
    frame.to_csv(tmp_path / "faces.csv", index=False)
    code, said = audit("--table", str(tmp_path / "faces.csv"), capsys=capsys)
    assert code == 0
    assert "their files are read" in said
    assert "0 of 1 group tested are in training too" in said
    shutil.copy(tmp_path / "p0/joy-0.png", tmp_path / "p1/joy-0.png")
    code, said = audit("--table", str(tmp_path / "faces.csv"), capsys=capsys)
    assert code == 1
    assert "ERROR exact-duplicates-across-parts" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--suite", "paper-replication"], "--suite: does not go with --table"),
        ([], "nothing says which samples are for training and which for the test; name lists with --split"),
        (["--split", "nothing.csv"], "no list is here"),
        (["--split", "faces.csv", "--group-from", "("], "is no regular expression"),
    ],
)
def test_wrong_requests_are_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_faces(tmp_path, each=1).to_csv(tmp_path / "faces.csv", index=False)
    monkeypatch.chdir(tmp_path)
    assert cli.invoke(["audit", "--table", "faces.csv", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error


def test_options_of_tables_need_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["audit", "--suite", "paper-replication", "--split", "x.csv"]) == 2
    assert "--split: belongs to --table" in capsys.readouterr().err
