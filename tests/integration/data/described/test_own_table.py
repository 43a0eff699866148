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
