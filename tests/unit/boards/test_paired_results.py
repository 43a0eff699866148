"""What stands beside a row: the members of a fusion, ablations in words, and the leakage premium."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.paired_results import PairedResult, pair
from emobench.boards.ranking import build_board
from emobench.boards.sections.pairs import meaning
from emobench.records.identity import Component
from emobench.records.predictions import predictions_table
from emobench.records.record import Record
from emobench.scoring.scores import score
from tests.support.factories import CLASSES, built_in_metrics, cell, identity, record, sha256

METRICS = {metric.name: metric for metric in built_in_metrics()}
N = 300


def table(right: int, *, n: int = N, ids: str = "clip", groups: bool = False, seed: int = 0) -> pd.DataFrame:
    """Return predictions of which the first ``right`` are right; six of ten samples are angry."""
    labels = np.asarray(CLASSES, dtype=object)[[0 if place % 10 < 6 else 1 + place % 2 for place in range(n)]]
    truth = pd.DataFrame(
        {
            "sample_id": [f"{ids}-{place:03d}" for place in range(n)],
            "part": "test",
            "label": labels,
            "group": [f"speaker-{place % 12}" if groups else "" for place in range(n)],
        }
    )
    columns = np.asarray([CLASSES.index(label) for label in labels])
    order = np.random.default_rng(seed).permutation(n)
    columns[order[right:]] = (columns[order[right:]] + 1) % 3
    probabilities = np.full((n, 3), 0.1)
    probabilities[np.arange(n), columns] = 0.8
    return predictions_table(CLASSES, probabilities, truth)


def made(name: str, predictions: pd.DataFrame, what: Any = None, **changes: Any) -> Record:
    """Return a record with the scores of its predictions."""
    of = cell(name, what=what or identity(code={"net": sha256(name)}), **changes)
    return record(of, scores=score(predictions, CLASSES, ("test",), METRICS.values()))


def ablation(name: str, **parameters: Any) -> Any:
    """Return the identity of an ablation."""
    component = Component(name=name, parameters={"stream": "voice", **parameters})
    return identity(trained="0123456789abcdef", control=component)


def joint_with(right: int, what: Any, note: str = "") -> tuple[Record, PairedResult]:
    """Return a row that has nine of ten right, and an ablation of it with ``right`` right."""
    own, other = table(270), table(right, seed=1)
    row = made("joint", own)
    controlled = made("controlled", other, what, control_of="joint", note=note)
    return row, pair("ablation", row, controlled, {row.cell.id: own, controlled.cell.id: other}, METRICS)


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


def test_hyperparameters_chosen_on_a_test_part_mark_the_row() -> None:
    looked = made("looked", table(200), selected_on="test")
    honest = made("honest", table(200), selected_on="validation")
    text = render_markdown(build_board([looked, honest]), title="Demo")
    lines = [line for line in text.splitlines() if "hyperparameters chosen on" in line]
    assert lines
    assert all(line.split("|")[2].strip() == "looked" for line in lines)
