"""Splits that are written for somebody else: labels of test samples are withheld."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from emobench.plugins.registry import Registry
from tests.support.predicted_elsewhere import CLASSES, opened

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def installed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny plugins, in the place of all that is installed, for the command line."""
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: registry)


@pytest.mark.usefixtures("installed")
def test_splits_withhold_the_labels_of_test_samples_and_say_why(
    tmp_path: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "parts.csv"
    assert cli.invoke(["splits", "clips", "by-folder", "--labels", "shapes", "--output", str(output)]) == 0
    rows = pd.read_csv(output, keep_default_na=False)
    task = opened(registry)
    assert list(rows.columns) == ["sample_id", "part", "label", "group"]
    assert {part: tuple(ids) for part, ids in rows.groupby("part", sort=False)["sample_id"]} == dict(
        task.splits[""].parts
    )
    assert set(rows["label"][~rows["part"].isin(["train", "validation"])]) == {""}
    assert set(rows["label"][rows["part"] == "train"]) == set(CLASSES)
    header = json.loads((tmp_path / "parts.csv.json").read_text(encoding="utf-8"))
    assert {part: one["sha256"] for part, one in header["splits"][0]["parts"].items()} == task.splits[""].hashes
    assert (header["content"], header["fingerprint"]) == (task.copy.content, task.copy.fingerprint)
    assert header["test_labels"].startswith("withheld: ")
    assert "withheld: " in capsys.readouterr().out


@pytest.mark.usefixtures("installed")
def test_splits_write_test_labels_and_files_on_demand(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["splits", "clips", "by-folder", "--labels", "shapes", "--with-test-labels", "--paths", "--format", "json"]
    assert cli.invoke(asked) == 0
    written = json.loads(capsys.readouterr().out)
    rows = pd.DataFrame(written["samples"]).set_index("sample_id")
    index = opened(registry).samples.set_index("sample_id")
    pd.testing.assert_frame_equal(rows[["label", "image_path"]], index.loc[rows.index, ["label", "image_path"]])
    assert written["test_labels"] == "written"


def test_splits_of_folds_have_every_sample_in_every_fold(registry: Registry) -> None:
    from emobench.splits.export import splits_header, splits_table

    task = opened(registry, "by-person")
    rows = splits_table(task)
    assert rows.groupby("fold")["sample_id"].nunique().tolist() == [len(task.samples)] * 3
    assert [one["fold"] for one in splits_header(task)["splits"]] == ["person-0", "person-1", "person-2"]
    one = splits_table(opened(registry, "by-person", fold="person-1"))
    assert "fold" not in one
    assert set(one["group"][one["part"] == "test"]) == {"person-1"}
