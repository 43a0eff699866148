"""A suite on a table of somebody's own, and on lists beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from emobench.records.run_folder import read_records
from tests.support.own_faces import write_faces

pytestmark = pytest.mark.usefixtures("one_thread")

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
