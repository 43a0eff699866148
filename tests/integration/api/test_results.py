"""``load_results``: tables, predictions, and a folder that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import emobench
from emobench.plugins.registry import Registry

pytestmark = pytest.mark.usefixtures("one_thread", "tiny")


TASK: dict[str, Any] = {"dataset": "clips", "protocol": "by-folder", "labels": "shapes", "headline": "private"}


@pytest.fixture
def tiny(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny plugins in the place of all that is installed."""
    monkeypatch.setattr("emobench.api.evaluation.installed_plugins", lambda: registry)


def evaluated(model: Any, **changes: Any) -> emobench.Evaluation:
    return emobench.evaluate(model, **{**TASK, "takes": "pixels", **changes})


def test_load_results_gives_tables_and_predictions(tmp_path: Path) -> None:
    kept = evaluated(LogisticRegression(), out=tmp_path, name="mine")
    folds = evaluated(LogisticRegression(), protocol="by-person", headline=None, out=tmp_path, name="folds")
    results = emobench.load_results(tmp_path)
    assert len(results) == len(results.records) == 5
    row = results.table.loc[kept.record.cell.id]
    assert (row["experiment"], row["provenance"], row["n"]) == ("mine", "synthetic", 18)
    assert row["accuracy"] == kept.scores["private"]["accuracy"]
    pd.testing.assert_frame_equal(results.predictions("mine"), kept.predictions)
    pd.testing.assert_frame_equal(results.predictions(folds.record.cell.id[:10]), folds.predictions)
    long = results.scores.set_index(["cell", "part", "metric"])["value"]
    assert long[kept.record.cell.id, "public", "ece"] == kept.scores["public"]["ece"]
    assert "<table" in results._repr_html_()
    for wanted, what in (("nobody", "no cell 'nobody'"), ("", "no cell ''")):
        with pytest.raises(emobench.errors.EmobenchError, match=what):
            results.predictions(wanted)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(emobench.errors.EmobenchError, match="no record was found"):
        emobench.load_results(tmp_path / "nothing")


def test_results_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(emobench.errors.EmobenchError, match="nope: no such folder"):
        emobench.load_results(tmp_path / "nope")
