"""A run of finished cells: attributes and slices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from emobench.contracts.dataset import Copy, Index
from emobench.plugins.loading import load
from emobench.records.attributes import attributes_file, attributes_of
from emobench.running.suite import run_plan
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_runs import planned, ran


def index(predictions: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    known = attributes_of(pd.DataFrame({"sample_id": predictions["sample_id"], **columns}))
    assert known is not None
    return known


@pytest.mark.usefixtures("fresh_cache")
def test_a_run_of_finished_cells_leaves_the_attributes_and_shows_the_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_sex(self: film_plugin.Clips, copy: Copy) -> Index:
        samples = Dots.index(self, copy).samples
        return Index(samples.assign(sex=["female", "male"] * (len(samples) // 2)))

    monkeypatch.setattr(film_plugin.Clips, "index", with_sex)
    using = load(cast(Any, film_plugin.entries()))
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    plan = planned(tmp_path, film_plugin.experiment("one"), using=using, data=folder.parent)
    ran(plan, using)
    result = run_plan(plan, using, "cpu", 1)  # every cell is done
    (task,) = result.board.tasks
    (content,) = {record.cell.identity.content for record in result.records}
    table = pd.read_parquet(attributes_file(plan.run, content))
    assert list(table.columns) == ["sample_id", "sex"]
    assert len(table) == 72
    (row,) = task.rows
    (row_json,) = json.loads((plan.run / "leaderboard.json").read_text())["tasks"][0]["rows"]
    assert row.headline is not None
    assert sum(one["n"] for one in row_json["slices"]["sex"]) == row.headline.n
