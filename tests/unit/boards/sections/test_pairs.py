"""Pairs in words: what an ablation means, and where premiums and fusions stand."""

from __future__ import annotations

from typing import Any

import pytest

from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.boards.sections import pairs
from emobench.boards.sections.pairs import meaning
from emobench.boards.tables import Table
from emobench.records.identity import Component
from tests.support import kinds
from tests.support.beside import METRICS, N, ablation, joint_with, made, table
from tests.support.factories import identity
from tests.support.kinds import AFFECT, told, values_table


@pytest.mark.parametrize(
    ("what", "right", "words"),
    [
        (ablation("blank-stream"), 271, "Without voice the score cannot be told from the row's"),
        (ablation("blank-stream"), 180, "cannot be told from always saying the most frequent class (0.6000)"),
        (ablation("blank-stream"), 90, "below always saying the most frequent class (0.6000)"),
        (ablation("blank-stream"), 230, "still above the most frequent class (0.6000)"),
        (ablation("shuffle-pairs", across_classes=False, seed=0), 270, "the pairs seem to hold no more than the label"),
        (ablation("shuffle-pairs", across_classes=False, seed=0), 200, "which of them it is counts"),
        (ablation("shuffle-pairs", across_classes=True, seed=0), 60, "the model follows voice against the rest"),
        (ablation("shuffle-pairs", across_classes=True, seed=0), 272, "that the model heeds voice does not show"),
        (ablation("shuffle-pairs", across_classes=True, seed=0), 215, "the rest of the sample still counts"),
    ],
)
def test_ablation_is_told_in_words(what: Any, right: int, words: str) -> None:
    _, one = joint_with(right, what, note="As drawn.")
    first, second = meaning(one)
    assert words in first
    assert second == "As drawn."


def test_fusion_stands_beside_its_members_alone() -> None:
    first, second, both = table(200), table(210, seed=1), table(250, seed=2)
    faces, voices = made("faces", first), made("voices", second)
    fused = identity(
        model=None,
        schedule=None,
        representations=(),
        fusion=Component(name="average"),
        members=(faces.cell.id, voices.cell.id),
    )
    fusion = made("both", both, fused)
    predictions = {faces.cell.id: first, voices.cell.id: second, fusion.cell.id: both}
    board = build_board([faces, voices, fusion], predictions=predictions, metrics=METRICS)
    (row,) = (row for task in board.tasks for row in task.rows if row.cell.experiment == "both")
    assert [one.other.cell.experiment for one in row.alone] == ["faces", "voices"]
    assert [one.difference and round(100 * one.difference.value, 6) for one in row.alone] == [
        pytest.approx(100 * 50 / N),
        pytest.approx(100 * 40 / N),
    ]
    text = render_markdown(board, title="Demo")
    assert "### Fusions beside their members alone" in text


def test_a_premium_in_an_error_has_its_sign_and_no_points() -> None:
    apart, table = told("apart", AFFECT, values_table(1.0), ranked_by="rmse")
    leaky, other = told(
        "leaky", AFFECT, values_table(0.2), ranked_by="rmse", leaky=True, counterpart="apart", beside=apart.cell.id
    )
    *_, premiums = pairs.of_board(kinds.board((apart, table), (leaky, other)))
    assert isinstance(premiums, Table)
    said = str(premiums.rows[0][6])
    assert said.startswith("-0.")
    assert said.endswith("less is better")
