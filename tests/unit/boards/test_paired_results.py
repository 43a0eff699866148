"""What stands beside a row: the members of a fusion, ablations in words, and the leakage premium."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scipy.stats import binomtest

from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.paired_results import pair
from emobench.boards.ranking import build_board
from tests.support import kinds
from tests.support.beside import METRICS, N, ablation, joint_with, made, table
from tests.support.factories import identity, sha256
from tests.support.kinds import AFFECT, told, values_table


def test_difference_is_that_of_the_same_samples_and_the_test_is_mcnemars() -> None:
    row, one = joint_with(200, ablation("blank-stream"))
    assert one.other_value == pytest.approx(200 / N)
    assert one.n == N
    assert one.difference is not None
    assert one.difference.value == pytest.approx(70 / N)
    own, other = table(270), table(200, seed=1)
    a, b = own["prediction"] == own["label"], other["prediction"] == other["label"]
    exact = binomtest(int((a & ~b).sum()), int((a != b).sum())).pvalue
    assert one.apart is bool(exact < 0.05)
    assert row.cell.experiment == "joint"


def test_other_samples_are_not_compared() -> None:
    own, other = table(270), table(200, ids="pair")
    row, controlled = made("joint", own), made("redrawn", other)
    one = pair("ablation", row, controlled, {row.cell.id: own, controlled.cell.id: other}, METRICS)
    assert (one.n, one.difference, one.apart) == (0, None, None)
    assert one.other_value == pytest.approx(200 / N)
    assert one.interval is not None
    assert one.interval.holds(200 / N)


def test_without_predictions_the_stored_score_stands_alone() -> None:
    row, controlled = made("joint", table(270)), made("blank", table(200))
    one = pair("ablation", row, controlled, {}, METRICS)
    assert one.other_value == pytest.approx(200 / N)
    assert one.interval is None
    assert one.difference is None


def premium_board(content: str = "content of faces") -> Any:
    leaky, apart = table(90, n=100, groups=True), table(180, groups=True, seed=2)
    clips = made("clips", leaky, identity(split={"test": sha256("clips")}), leaky=True)
    what = identity(split={"test": sha256("people")}, content=sha256(content))
    records = [clips, made("people", apart, what, counterpart="clips", beside=clips.cell.id)]
    predictions = {one.cell.id: each for one, each in zip(records, (leaky, apart), strict=True)}
    return build_board(records, predictions=predictions, metrics=METRICS)


def test_premium_is_taken_on_the_samples_that_both_test() -> None:
    board = premium_board()
    (premium,) = board.premiums
    leaky, apart = table(90, n=100, groups=True), table(180, groups=True, seed=2)
    same = apart[apart["sample_id"].isin(leaky["sample_id"])]
    expected = (leaky["prediction"] == leaky["label"]).mean() - (same["prediction"] == same["label"]).mean()
    assert premium.n == 100
    assert premium.points == pytest.approx(100 * expected)
    assert premium.difference is not None
    assert premium.difference.interval.unit == "group"
    assert premium.difference.interval.units == 12
    text = render_markdown(board, title="Demo")
    assert "## Leakage premium" in text
    assert f"{100 * expected:+.1f} [" in text
    (stored,) = json.loads(render_json(board))["premiums"]
    assert stored["points"] == pytest.approx(100 * expected)


def test_premium_of_other_samples_is_untested() -> None:
    (premium,) = premium_board(content="other pairs, some of which are called the same").premiums
    assert premium.difference is None
    assert premium.points == pytest.approx(100 * (0.9 - 180 / N))


def test_both_rows_of_a_premium_are_ranked_with_their_like_only() -> None:
    board = premium_board()
    assert [[row.cell.experiment for row in task.rows] for task in board.tasks if task.leaky] == [["clips"]]
    assert [[row.cell.experiment for row in task.rows] for task in board.tasks if not task.leaky] == [["people"]]


def test_hyperparameters_chosen_on_a_test_part_mark_the_row() -> None:
    looked = made("looked", table(200), selected_on="test")
    honest = made("honest", table(200), selected_on="validation")
    text = render_markdown(build_board([looked, honest]), title="Demo")
    lines = [line for line in text.splitlines() if "hyperparameters chosen on" in line]
    assert lines
    assert all(line.split("|")[2].strip() == "looked" for line in lines)


def test_a_leak_that_lowers_an_error_is_a_gain() -> None:
    apart, table = told("apart", AFFECT, values_table(1.0), ranked_by="rmse")
    leaky, other = told(
        "leaky", AFFECT, values_table(0.2), ranked_by="rmse", leaky=True, counterpart="apart", beside=apart.cell.id
    )
    (premium,) = kinds.board((apart, table), (leaky, other)).premiums
    assert premium.change is not None
    assert premium.change < 0 < premium.gain
    assert premium.points is None
