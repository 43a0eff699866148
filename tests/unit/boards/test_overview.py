"""Findings and one line a task, as values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.boards.board import Board
from emobench.boards.overview import DuplicatesCard, PremiumCard, TrainingCard, VerdictCard, model_of, overview
from emobench.boards.ranking import build_board
from emobench.boards.titles import Titles
from emobench.contracts import ENCODER_SETTINGS
from emobench.records import Component, predictions_table
from emobench.scoring import score
from tests.support.boards import METRICS, N, chance, first, made, table
from tests.support.factories import CLASSES, cell, failed, identity, record, sha256
from tests.support.html_boards import epochs
from tests.unit.boards.test_clean_subset import built as board_with_duplicates
from tests.unit.boards.test_paired_results import premium_board

TITLES = Titles(models={"net": "The net"}, datasets={"faces": "Faces"})


def built(*rows: Any, **changes: Any) -> Board:
    tables = {one.cell.id: said for one, said in rows}
    return build_board([one for one, _ in rows], predictions=tables, metrics=METRICS, titles=TITLES, **changes)


def constant(experiment: str = "lazy") -> tuple[Any, pd.DataFrame]:
    """Return a row that says the commonest class of every sample, and so has more right than a poor one."""
    truth = table(first(1.0))[["sample_id", "part", "label", "group"]]
    truth["label"] = np.asarray(CLASSES, dtype=object)[np.where(np.arange(N) < 0.7 * N, 0, np.arange(N) % 3)]
    said = predictions_table(CLASSES, np.tile(np.eye(3)[0], (N, 1)), truth)
    of = cell(experiment, what=identity(code={"net": sha256(experiment)}))
    return record(of, scores=score(said, CLASSES, of.identity.test_parts, METRICS.values())), said


def test_the_best_row_stands_by_its_name_with_score_interval_and_chance() -> None:
    (line,) = overview(built(made("good", table(first(0.9))), made("poor", table(first(0.4))))).lines
    assert line.best is not None
    assert (line.dataset, line.best.model, line.best.experiment) == ("Faces", "The net", "good")
    assert line.best.score.value == pytest.approx(0.9)
    assert line.best.score.low is not None
    assert line.best.score.high is not None
    assert line.best.score.low < 0.9 < line.best.score.high
    assert (line.rows, line.n, line.best.tied) == (2, N, 0)
    assert line.chance == pytest.approx(1 / 3, abs=0.01)
    assert line.best.uar is not None


def test_a_constant_predictor_never_leads() -> None:
    lazy, said = constant()
    truth = said[["sample_id", "part", "label", "group"]]
    poor = predictions_table(CLASSES, np.eye(3)[np.arange(N) % 3], truth)
    of = cell("poor", what=identity(code={"net": sha256("poor")}))
    worse = record(of, scores=score(poor, CLASSES, of.identity.test_parts, METRICS.values()))
    assert worse.scores["test"].metrics["accuracy"] < lazy.scores["test"].metrics["accuracy"]
    (line,) = overview(built((lazy, said), (worse, poor))).lines
    assert line.best is not None
    assert line.best.experiment == "poor"
    (alone,) = overview(built((lazy, said))).lines
    assert (alone.best, alone.no_leader, alone.n) == (None, "constant", N)


def test_a_row_whose_training_failed_never_leads() -> None:
    good, right = made("good", table(first(0.9)))
    poor, said = made("poor", table(first(0.7)))
    first_epoch, second = epochs(2)
    diverged = good.model_copy(update={"history": (first_epoch, replace(second, loss=1e9))})
    (line,) = overview(built((diverged, right), (poor, said))).lines
    assert line.best is not None
    assert line.best.experiment == "poor"
    (alone,) = overview(built((diverged, right))).lines
    assert (alone.best, alone.no_leader) == (None, "training failed")


def test_what_is_found_on_a_twin_is_no_card() -> None:
    board = premium_board()
    twins = tuple(
        replace(pair, record=pair.record.model_copy(update={"cell": synthetic(pair.record.cell)}))
        for pair in board.premiums
    )
    assert not overview(replace(board, premiums=twins)).cards


def synthetic(of: Any) -> Any:
    return of.model_copy(update={"provenance": "synthetic"})


def test_rows_that_cannot_be_told_apart_are_counted_and_failed_ones_are_not() -> None:
    rows = [made(name, table(chance(0.6, seed))) for seed, name in enumerate("abc")]
    of = built(*rows)
    best = overview(of).lines[0].best
    assert best is not None
    assert best.tied == 2
    (line,) = overview(build_board([failed(cell("broken"))])).lines
    assert (line.best, line.no_leader) == (None, "failed")


def test_tasks_under_thirty_samples_stand_apart() -> None:
    small = overview(built(made("tiny", table(first(0.5, 20)))))
    assert small.ranked == ()
    (line,) = small.few
    assert line.best is not None
    assert (line.n, line.best.experiment) == (20, "tiny")


def test_of_several_seeds_the_mean_leads() -> None:
    code = {"net": sha256("same")}
    rows = [made("net", table(chance(0.5 + seed / 10, seed)), seed=seed, code=code) for seed in range(3)]
    best = overview(built(*rows)).lines[0].best
    assert best is not None
    assert best.seeds == 3
    values = [one.scores["test"].metrics["accuracy"] for one, _ in rows]
    assert best.score.value == pytest.approx(sum(values) / 3)


def test_cards_say_what_the_board_has() -> None:
    (verdicts,) = overview(Board(()), {"reproduced": 2, "near": 0, "not reproduced": 1}).cards
    assert verdicts == VerdictCard(3, {"reproduced": 2, "not reproduced": 1})
    board = premium_board()
    (premium,) = [card for card in overview(board).cards if isinstance(card, PremiumCard)]
    assert premium.points == pytest.approx(board.premiums[0].points)
    assert premium.leaky.value - premium.apart.value == pytest.approx(premium.points / 100)
    of, _ = board_with_duplicates()
    (copies,) = [card for card in overview(of).cards if isinstance(card, DuplicatesCard)]
    clean = of.tasks[0].rows[0].clean
    assert clean is not None
    assert (copies.duplicates.n, copies.duplicates.of) == (clean.left_out, N)
    assert copies.clean == clean.scores[copies.score.metric]


def test_networks_whose_training_failed_are_counted_of_all_that_have_epochs() -> None:
    lazy, said = constant()
    good, right = made("good", table(first(0.9)))
    rows = [(one.model_copy(update={"history": epochs(3)}), each) for one, each in ((lazy, said), (good, right))]
    (card,) = [card for card in overview(built(*rows)).cards if isinstance(card, TrainingCard)]
    assert (card.failed, card.of, card.constant, card.models) == (1, 2, 1, ("The net",))


def test_a_board_of_one_side_has_no_premium() -> None:
    board = premium_board()
    one_side = build_board([row.record for row in board.tasks[0].rows])
    assert not [card for card in overview(one_side).cards if isinstance(card, PremiumCard)]


def test_premium_of_several_seeds_is_their_mean_and_not_the_largest() -> None:
    (first,) = premium_board().premiums
    seeds = tuple(replace(first, value=value, difference=None, other_value=0.5) for value in (0.9, 0.7))
    (card,) = [card for card in overview(Board((), premiums=seeds)).cards if isinstance(card, PremiumCard)]
    assert card.points == pytest.approx(30)
    assert card.by_seed == pytest.approx((40, 20))
    assert [card.leaky.value, card.apart.value] == pytest.approx([0.8, 0.5])
    assert (card.low, card.high) == (None, None)


def test_a_model_on_an_encoder_says_which() -> None:
    encoders = tuple(Component(name=name, parameters={**ENCODER_SETTINGS, "weights": name}) for name in ("a", "b"))
    plain = (Component(name="mfcc", parameters={"rate": 16_000}),)
    some = [record(cell(name, what=identity(representations=of))) for name, of in (("on", encoders), ("off", plain))]
    board = build_board(some, titles=TITLES)
    assert {model_of(board, row) for row in board.tasks[0].rows} == {"The net on a and b", "The net"}
