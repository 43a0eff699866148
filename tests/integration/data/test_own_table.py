"""A table of somebody's own through evaluate, suites in several processes, and the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import emobench
from emobench import cli
from emobench.errors import EmobenchError
from emobench.records.run_folder import read_records
from tests.support.own_faces import write_faces

pytestmark = pytest.mark.usefixtures("one_thread")
TASK: dict[str, Any] = {"takes": "gray-face", "protocol": {"name": "group-folds", "folds": 2}}


def by_id(result: emobench.Evaluation) -> pd.DataFrame:
    return result.predictions.set_index("sample_id").sort_index()


def test_a_file_and_a_frame_give_the_same_row_as_a_registered_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = write_faces(tmp_path)
    monkeypatch.chdir(tmp_path)
    frame.to_csv("faces.csv", index=False)
    of_file = emobench.evaluate(LogisticRegression(), dataset="faces.csv", **TASK)
    assert "faces: path = file, label = emotion, group = person" in capsys.readouterr().err
    of_frame = emobench.evaluate(LogisticRegression(), dataset=frame, **TASK)
    assert cli.invoke(["data", "add", "faces.csv", "--name", "my-faces"]) == 0
    registered = emobench.evaluate(LogisticRegression(), dataset="my-faces", data=tmp_path, **TASK)
    pd.testing.assert_frame_equal(by_id(of_file), by_id(of_frame))
    pd.testing.assert_frame_equal(by_id(of_file), by_id(registered))
    (private, *_) = of_file.departures
    assert str(private) == f"private data, content {of_file.record.cell.identity.content[:8]}"
    assert of_file.record.cell.identity.content == of_frame.record.cell.identity.content
    assert of_file.record.cell.provenance == "unverified"
    assert str(tmp_path) not in of_frame.record.model_dump_json()


def test_other_content_is_another_cell(tmp_path: Path) -> None:
    frame = write_faces(tmp_path)
    frame.to_csv(tmp_path / "faces.csv", index=False)
    first = emobench.evaluate(LogisticRegression(), dataset=tmp_path / "faces.csv", **TASK)
    shutil.copy(tmp_path / frame["file"][0], tmp_path / frame["file"][1])
    second = emobench.evaluate(LogisticRegression(), dataset=tmp_path / "faces.csv", **TASK)
    assert first.record.cell.id != second.record.cell.id


SUITE = """
schema = 1
title = "Mine"

[[experiments]]
name = "listed"
dataset = { table = "faces.csv", group = "person" }
protocol = { name = "listed", file = "parts.csv" }
model = { name = "mlp" }
takes = ["gray-face"]
training = { epochs = 1 }

[[experiments]]
name = "folds"
dataset = { table = "faces.csv", group = "person" }
protocol = { name = "group-folds", folds = 2 }
model = { name = "mlp" }
takes = ["gray-face"]
training = { epochs = 1 }
"""


def test_a_suite_on_a_table_and_lists_beside_it_in_two_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = write_faces(tmp_path)
    frame.to_csv(tmp_path / "faces.csv", index=False)
    part = frame["person"].map({"p0": "test", "p1": "dev"}).fillna("train")
    lists = pd.DataFrame({"path": "elsewhere/" + frame["file"], "part": part})
    pd.concat([lists, pd.DataFrame({"path": ["p9/x.png"], "part": ["test"]})]).to_csv(
        tmp_path / "parts.csv", index=False
    )
    (tmp_path / "mine.toml").write_text(SUITE, encoding="utf-8")
    suite = ["--suite", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "runs")]
    assert cli.invoke(["run", *suite, "--jobs", "2"]) == 0
    records = {record.cell.experiment: record for record in read_records(tmp_path / "runs" / "mine")}
    assert set(records) == {"listed", "folds", "folds/1", "folds/2"}
    cell = records["listed"].cell
    assert cell.identity.protocol.parameters["file"].startswith("parts.csv sha256:")
    assert records["listed"].scores["test"].n == 10
    assert "1 listed sample is not here (p9/x.png)" in map(str, cell.departures)
    capsys.readouterr()
    assert cli.invoke(["run", *suite]) == 0
    assert "4 done already, 0 to compute" in capsys.readouterr().out
    lists.to_csv(tmp_path / "parts.csv", index=False)
    assert cli.invoke(["plan", *suite, "--only", "listed"]) == 0
    assert "0 done already, 1 to compute" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["tsv", "parquet", "jsonl"])
def test_a_descriptor_is_written_for_every_format(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame, path = write_faces(tmp_path, each=1), tmp_path / f"faces.{form}"
    match form:
        case "tsv":
            frame.to_csv(path, index=False, sep="\t")
        case "parquet":
            frame.to_parquet(path)
        case _:
            frame.to_json(path, orient="records", lines=True)
    assert cli.invoke(["data", "add", str(path), "--name", "my-faces"]) == 0
    assert "8 samples, 4 values of group: anger 4, joy 4" in capsys.readouterr().out
    assert cli.invoke(["data", "status", "--data", str(tmp_path), "--json"]) == 0
    (status,) = (one for one in json.loads(capsys.readouterr().out) if one["dataset"] == "my-faces")
    assert (status["state"], status["samples"], status["form"]) == ("found", 8, "tables")
    assert cli.invoke(["data", "add", str(path), "--name", "my-faces"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_columns_are_not_for_registered_datasets() -> None:
    with pytest.raises(EmobenchError, match="columns are of a table"):
        emobench.evaluate(LogisticRegression(), dataset="ravdess", columns={"label": "x"}, protocol="random-clips")


# ----------------------------------------------------------------------------------------------- audit --table


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
        ([], "what divides these samples?; name lists with --split"),
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
