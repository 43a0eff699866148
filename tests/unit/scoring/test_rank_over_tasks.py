"""Ranks over tasks, beside a plain implementation that draws groups one after another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

from emobench.scoring.rank_over_tasks import DRAWS, TaskScores, rank_over_tasks, task_scores
from tests.support.factories import CLASSES, built_in_metrics
from tests.support.outcomes import outcomes

METRICS = {metric.name: metric for metric in built_in_metrics()}


def said(right: float, seed: int, *, people: int = 8, clips: int = 15) -> pd.DataFrame:
    """Return predictions of clips of people, who are understood more or less well, right as often as told on the whole."""
    n = people * clips
    truth = np.asarray(CLASSES, dtype=object)[np.arange(n) % len(CLASSES)]
    draw = np.random.default_rng(seed)
    of_person = np.repeat(draw.normal(0, 0.15, people), clips)
    wrong = draw.random(n) > right + of_person
    predicted = np.where(wrong, np.roll(np.asarray(CLASSES, dtype=object), 1)[np.arange(n) % len(CLASSES)], truth)
    return outcomes(list(truth), list(predicted), [f"person-{place // clips}" for place in range(n)])


def uar_of(tables: list[pd.DataFrame]) -> TaskScores:
    found = task_scores([[table] for table in tables], METRICS["balanced_accuracy"], CLASSES)
    assert found is not None
    return found


def fixed(*values: float) -> TaskScores:
    """A task in which nothing varies."""
    return TaskScores(np.array(values), np.repeat(np.array(values)[:, None], 5, axis=1))


def plain(tasks: list[list[pd.DataFrame]], draws: int) -> NDArray[np.int64]:
    """Return (draws, k) ranks: tasks drawn, then their people, each score computed by scikit-learn."""
    draw = np.random.default_rng(1)
    points = []
    for _ in range(draws):
        total = np.zeros(len(tasks[0]))
        for place in draw.integers(len(tasks), size=len(tasks)):
            tables = tasks[place]
            people = sorted(set(tables[0]["group"]))
            rows = np.concatenate(
                [np.flatnonzero(tables[0]["group"] == person) for person in draw.choice(people, size=len(people))]
            )
            scores = [
                balanced_accuracy_score(table["label"].iloc[rows], table["prediction"].iloc[rows]) for table in tables
            ]
            total += [sum((mine > other) + 0.5 * (mine == other) for other in scores) - 0.5 for mine in scores]
        points.append(total)
    drawn = np.array(points)
    return np.asarray(1 + (drawn[:, None, :] > drawn[:, :, None] + 1e-9).sum(axis=2))


def test_points_are_the_shares_of_the_others_that_are_beaten() -> None:
    standings = rank_over_tasks([fixed(0.9, 0.5, 0.1), fixed(0.2, 0.8, 0.8)])
    assert [each.points for each in standings] == [0.5, (0.5 + 0.75) / 2, 0.375]
    assert [each.rank for each in standings] == [2, 1, 3]


def test_how_much_better_does_not_matter_but_in_how_many_tasks() -> None:
    often, once = rank_over_tasks([fixed(0.51, 0.50), fixed(0.51, 0.50), fixed(0.1, 0.9)])
    assert (often.rank, once.rank) == (1, 2)


def test_equal_points_share_a_rank_and_first_places() -> None:
    one, other = rank_over_tasks([fixed(0.6, 0.5), fixed(0.5, 0.6)])
    assert (one.rank, other.rank) == (1, 1)
    assert one.first + other.first == pytest.approx(1)
    assert one.first == pytest.approx(0.5, abs=0.03)


def test_who_is_best_everywhere_is_first_in_every_draw() -> None:
    best, _, last = rank_over_tasks([fixed(0.9, 0.5, 0.1), fixed(0.8, 0.7, 0.2)])
    assert (best.rank, best.low, best.high, best.first) == (1, 1, 1, 1)
    assert (last.rank, last.low, last.high, last.first) == (3, 3, 3, 0)


def test_tasks_are_drawn_with_replacement() -> None:
    """Two of three tasks are won: by binomial draws of three with 2/3, first in 20/27 of them."""
    winner, _ = rank_over_tasks([fixed(0.6, 0.5), fixed(0.6, 0.5), fixed(0.5, 0.6)])
    assert winner.first == pytest.approx(20 / 27, abs=3 * np.sqrt(20 / 27 * 7 / 27 / DRAWS))
    assert (winner.low, winner.high) == (1, 2)


def test_ranks_and_first_places_are_those_of_a_plain_bootstrap() -> None:
    tasks = [[said(right, 10 * place + number) for number, right in enumerate((0.62, 0.55, 0.5))] for place in range(4)]
    found = rank_over_tasks([uar_of(tables) for tables in tasks])
    ranks = plain(tasks, 1500)
    leads = ranks == 1
    first = (leads / leads.sum(axis=1, keepdims=True)).mean(axis=0)
    assert [each.first for each in found] == pytest.approx(list(first), abs=0.04)
    assert 0.1 < found[1].first < found[0].first < 0.9
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="inverted_cdf")
    assert [(each.low, each.high) for each in found[:2]] == list(zip(low[:2], high[:2], strict=True))


def test_scores_are_those_of_the_samples_that_all_have() -> None:
    whole, part = said(0.6, 1), said(0.6, 2).iloc[:90]
    found = task_scores([[whole], [part]], METRICS["accuracy"], CLASSES)
    assert found is not None
    assert found.values[0] == (whole["label"] == whole["prediction"])[:90].mean()


def test_a_score_of_several_seeds_is_their_mean() -> None:
    seeds = [said(0.6, 1), said(0.6, 2)]
    found = task_scores([seeds, [said(0.5, 3)]], METRICS["accuracy"], CLASSES)
    assert found is not None
    assert found.values[0] == np.mean([(each["label"] == each["prediction"]).mean() for each in seeds])
    assert found.drawn.shape == (2, 2000)


def test_where_less_is_better_the_smaller_score_wins() -> None:
    tables = [said(0.9, 1), said(0.4, 2)]
    found = task_scores([[each] for each in tables], METRICS["ece"], CLASSES, resamples=20)
    assert found is not None
    assert rank_over_tasks([found])[0].rank == 1


@pytest.mark.parametrize("people", [2, 4])
def test_too_few_people_say_nothing_of_others(people: int) -> None:
    assert task_scores([[said(0.6, 1, people=people)]], METRICS["accuracy"], CLASSES) is None


def test_a_class_that_hardly_any_resample_holds_says_nothing() -> None:
    table = said(0.6, 1)
    table.loc[table["group"] != "person-0", ["label", "prediction"]] = CLASSES[0]
    for name in CLASSES:
        table[f"p_{name}"] = (table["prediction"] == name).astype("float32")
    assert task_scores([[table]], METRICS["balanced_accuracy"], CLASSES) is None


def test_tables_without_a_common_sample_say_nothing() -> None:
    table = said(0.6, 1)
    assert task_scores([[table.iloc[:60]], [table.iloc[60:]]], METRICS["accuracy"], CLASSES) is None
