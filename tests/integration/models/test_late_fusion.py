"""Fusions of cells: their records and their rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.boards.csv import render_csv
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.record import PartCount, Selection
from tests.conftest import Dots
from tests.support.film_plugin import experiment, probabilities
from tests.support.film_runs import planned, ran, table

pytestmark = pytest.mark.usefixtures("one_thread")


MEMBERS = '["one", "two"]'


def learning(folder: Path, **request: Any) -> Any:
    text = experiment("weighted", fusion='"by-hits"', members=MEMBERS)
    return planned(folder, experiment("one"), experiment("two", model='"net"', seed="3"), text, **request)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of dots with a validation part."""
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    (folder / "public").rename(folder / "validation")
    return folder.parent


def test_weights_stand_in_the_record_on_the_board_and_in_the_csv(tmp_path: Path, data: Path) -> None:
    plan = learning(tmp_path, data=data)
    records = ran(plan)
    record = records["weighted"]
    hits = [
        int((part["label"] == part["prediction"]).sum()) + 1
        for name in ("one", "two")
        for part in [table(plan, name).query("part == 'validation'")]
    ]
    assert record.learnt == {"weights": hits}
    assert record.selection == Selection(kind="fusion", samples=18)
    assert record.scores.keys() == {"private"}
    assert record.counts == {name: PartCount(attempted=18, dropped=0) for name in ("validation", "private")}
    board = build_board(records.values())
    page, told = render_markdown(board, title=""), f"weights one {hits[0]}.000, two {hits[1]}.000"
    assert [told in line for line in page.splitlines()].count(True) == 2  # in the ranking and in what was run
    assert f'"{{""weights"": [{hits[0]}, {hits[1]}]}}"' in render_csv(board)
    fused, one, two = (probabilities(table(plan, name)) for name in ("weighted", "one", "two"))
    np.testing.assert_allclose(fused, (hits[0] * one + hits[1] * two) / sum(hits), atol=1e-6)


def test_learning_fusion_without_a_validation_part_is_not_possible(tmp_path: Path) -> None:
    plan = learning(tmp_path)
    assert [job.cell.experiment for job in plan.jobs] == ["one", "two"]
    (skipped,) = plan.skipped
    assert (skipped.experiment, skipped.unusable) == ("weighted", False)
    assert skipped.reason == "'by-hits' learns from a validation part, and its members have none"


def test_fusion_of_applied_models_learns_and_names_what_they_left_out(tmp_path: Path) -> None:
    protocol = '{ name = "test-only", validation_size = 0.3, seed = 1 }'
    plan = planned(
        tmp_path,
        experiment("fitted"),
        experiment("seen", model_of='"fitted"', protocol=protocol),
        experiment("heard", model_of='"fitted"', protocol=protocol, takes='["sounds"]'),
        experiment("weighted", fusion='"by-hits"', members='["seen", "heard"]'),
    )
    records = ran(plan)
    record = records["weighted"]
    assert record.failure is None
    by_both = {one.sample_id: f"seen: {one.reason}" for one in records["seen"].dropped}
    own = {one.sample_id for one in records["heard"].dropped} - by_both.keys()
    assert len(own) == 6
    expected = by_both | dict.fromkeys(own, "heard: has no audio")
    assert {one.sample_id: one.reason for one in record.dropped} == expected
    for part in ("validation", "test"):
        assert record.counts[part] == records["heard"].counts[part]
    assert isinstance(record.cell.identity.fusion and record.learnt["weights"], list)
    assert pd.Index(table(plan, "weighted").index).equals(table(plan, "seen").index.difference(list(own), sort=False))
