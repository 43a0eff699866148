"""Texts as data: from a table of texts and labels to a row, and an audit of their split."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import emobench
from emobench import cli
from emobench.errors import EmobenchError
from tests.support.texts import written

FOLDS = {"name": "group-folds", "folds": 3}


def evaluated(data: pd.DataFrame | Path, out: Path, model: str = "tfidf", takes: str = "text") -> emobench.Evaluation:
    return emobench.evaluate(model, dataset=data, takes=takes, protocol=FOLDS, out=out)


def test_a_frame_of_texts_is_evaluated_and_those_without_a_text_are_counted(tmp_path: Path) -> None:
    frame = written()
    frame.loc[[4, 7], "text"] = ["", None]
    result = evaluated(frame, tmp_path)
    assert len(result.predictions) == 58
    assert result.scores["test"]["accuracy"] > 0.9
    assert [(each.sample_id, each.reason) for each in result.record.dropped] == [
        ("5", "has no text"),
        ("8", "has no text"),
    ]


def test_another_text_is_another_cell(tmp_path: Path) -> None:
    frame = written()
    before = evaluated(frame, tmp_path).record.cell.id
    frame.loc[0, "text"] = "we went"
    assert evaluated(frame, tmp_path).record.cell.id != before


def test_a_torch_module_refuses_texts_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="a torch module takes numbers, and 'text' holds texts; give it an encoder"):
        evaluated(written(), tmp_path, "feature-mlp")


def test_a_suite_takes_a_table_of_texts(tmp_path: Path) -> None:
    written().to_csv(tmp_path / "texts.csv", index=False)
    (tmp_path / "mine.toml").write_text(
        """
schema = 1
title = "Texts"

[[experiments]]
name = "mine.tfidf"
dataset = { table = "texts.csv" }
protocol = { name = "group-folds", folds = 3, hold_out = 0.3 }
model = "tfidf"
grid = { C = [0.1, 10.0] }
""",
        encoding="utf-8",
    )
    assert (
        cli.invoke(["run", "--suite", str(tmp_path / "mine.toml"), "--data", str(tmp_path), "--out", str(tmp_path)])
        == 0
    )


def test_a_named_dataset_of_texts_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written().to_csv(tmp_path / "texts.csv", index=False)
    assert cli.invoke(["data", "add", str(tmp_path / "texts.csv"), "--name", "my-texts"]) == 0
    assert cli.invoke(["data", "verify", "my-texts", "--data", str(tmp_path)]) in (0, 1)
    assert "60 samples" in capsys.readouterr().out


def test_the_same_text_on_both_sides_of_a_split_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = written().assign(split=["test" if place >= 45 else "train" for place in range(60)])
    frame["speaker"] = "of " + frame["split"]
    texts = frame["text"].tolist()
    frame["text"] = [*texts[:45], texts[0], *texts[46:]]
    frame.to_csv(tmp_path / "texts.csv", index=False)
    assert cli.invoke(["audit", "--table", str(tmp_path / "texts.csv")]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "their texts are read" in said
    assert "1 text of test is in train too, the same in every character" in said
