"""Cells whose predictions were made elsewhere are known by these."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench.external.submission import submit
from emobench.plugins.registry import Registry
from emobench.records import external_cells
from emobench.scoring import metrics as scoring
from tests.support.factories import built_in_metrics, identity
from tests.support.predicted_elsewhere import labelled, opened, saved, table

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_cell_is_known_by_its_predictions(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)

    def cell(content: pd.DataFrame, file: str = "mine.csv", name: str = "mine") -> str:
        path = saved(tmp_path, content, file)
        return submit(path, task, registry, name=name, headline="private", out=tmp_path / "runs").record.cell.id

    first = cell(table(task))
    assert cell(table(task), "same.parquet") == first
    assert cell(table(task), name="other") != first
    assert cell(table(task, seed=1)) != first
    assert cell(labelled(table(task))) != first


def test_no_cell_of_the_harness_counts_as_made_elsewhere() -> None:
    assert not external_cells.is_external(identity())
    metrics = built_in_metrics()
    assert scoring.meaningful(identity(), metrics) == metrics
