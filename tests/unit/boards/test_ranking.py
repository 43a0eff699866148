"""What is ranked with what, and in which order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.identity import Component
from emobench.records.record import PartCount
from tests.support import kinds
from tests.support.boards import SHORT, measured, rankings, ranks
from tests.support.factories import cell, failed, identity, record, scores, sha256
from tests.support.kinds import AFFECT, VOTES, told, values_table, votes_table


def test_best_first_and_equals_share_a_rank() -> None:
    records = [
        measured("d", 0.6, 0.5),
        measured("b", 0.7, 0.6),
        measured("c", 0.7, 0.6),
        measured("a", 0.7, 0.5),
        measured("e", 0.7, 0.65),
    ]
    (task,) = build_board(records).tasks
    assert [(row.rank, row.cell.experiment) for row in task.rows] == [(1, "e"), (2, "b"), (2, "c"), (4, "a"), (5, "d")]


def test_failed_cells_stand_last_without_rank_or_number() -> None:
    broken = failed(cell("a-broken", departures=(SHORT,)), scores=scores(accuracy=0.99))
    (task,) = build_board([broken, measured("z", 0.1)]).tasks
    assert [(row.rank, row.headline is None) for row in task.rows] == [(1, False), (None, True)]
    ((good, bad),) = rankings(render_markdown(build_board([broken, measured("z", 0.1)]), title=""))
    assert (good["accuracy"], good["departures"]) == ("0.1000", "as its suite says")
    assert bad["departures"] == "failed: RuntimeError: out of memory (epochs 2 (suite: 6))"
    assert {bad[name] for name in ("rank", "n", "accuracy", "UAR", "F1 (weighted)", "recall (weighted)")} == {"–"}


def test_a_finished_cell_without_accuracy_has_no_rank() -> None:
    lost = scores()
    lost["test"].metrics.pop("accuracy")
    (task,) = build_board([failed(cell("a")), record(cell("b"), scores=lost), measured("c", 0.1)]).tasks
    assert [(row.rank, row.cell.experiment) for row in task.rows] == [(1, "c"), (None, "b"), (None, "a")]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3]), st.sampled_from([0.1, 0.2])), min_size=1, max_size=8))
def test_a_rank_is_one_more_than_the_number_of_better_rows(standings: list[tuple[float, float]]) -> None:
    template = scores()["test"]
    records = []
    for number, (accuracy, uar) in enumerate(standings):
        values = template.model_copy(update={"metrics": {"accuracy": accuracy, "balanced_accuracy": uar}})
        records.append(record(cell(f"row-{number}"), scores={"test": values}))
    (task,) = build_board(records).tasks
    assert len(task.rows) == len(standings)
    for row in task.rows:
        standing = standings[int(row.cell.experiment.removeprefix("row-"))]
        assert row.rank == 1 + sum(other > standing for other in standings)


OTHER_TASKS: dict[str, dict[str, Any]] = {
    "dataset": {"what": identity(dataset="voices")},
    "fingerprint": {"what": identity(fingerprint=sha256("another copy"))},
    "labels": {"what": identity(labels="three@2")},
    "protocol": {"what": identity(protocol=Component(name="official"))},
    "parameters": {"what": identity(protocol=Component(name="random-clips", parameters={"test_size": 60, "seed": 1}))},
    "test samples": {"what": identity(split={"train": sha256("train"), "test": sha256("fewer")})},
    "provenance": {"provenance": "unverified"},
    "leaky": {"leaky": True},
    "headline": {"headline": "other"},
}


@pytest.mark.parametrize("difference", OTHER_TASKS)
def test_what_differs_in_its_task_is_never_ranked_together(difference: str) -> None:
    board = build_board([record(cell("here")), record(cell("there", **OTHER_TASKS[difference]), scores=scores())])
    assert [len(task.rows) for task in board.tasks] == [1, 1]
    assert len({task.id for task in board.tasks}) == 2
    assert [len(table) for table in rankings(render_markdown(board, title=""))] == [1, 1]


def test_another_training_part_or_seed_is_the_same_task() -> None:
    less = identity(split={"train": sha256("less"), "test": sha256("test")})
    board = build_board([record(), record(cell("less", what=less)), record(cell("seed", what=identity(seed=43)))])
    assert [len(task.rows) for task in board.tasks] == [3]


@pytest.mark.parametrize("held", [0.2, "public"])
def test_what_is_held_out_of_training_is_the_same_task(held: object) -> None:
    split = {"train": sha256("train"), "public": sha256("public"), "private": sha256("private")}
    rule = Component(name="official")
    holding = Component(name="official", parameters={"hold_out": held})
    aside = {"validation": sha256("some"), "public": split["public"]}
    parts = aside if held == 0.2 else {"validation": split["public"]}
    held_out = {"train": sha256("fewer"), **parts, "private": split["private"]}
    whole = cell("whole", what=identity(protocol=rule, split=split), headline="private")
    less = cell("less", what=identity(protocol=holding, split=held_out), headline="private")
    (alone,) = build_board([record(whole)]).tasks
    (task,) = build_board([record(whole), record(less)]).tasks
    assert len(task.rows) == 2
    assert (task.id, task.parts, task.protocol) == (alone.id, alone.parts, rule)


def test_tasks_come_by_provenance_then_dataset() -> None:
    levels = ["synthetic", "stand-in", "unverified", "official"]
    records = [
        record(cell(what=identity(dataset=name), provenance=level))  # type: ignore[arg-type]
        for level in levels
        for name in ("voices", "faces")
    ]
    found = [(task.provenance, task.dataset) for task in build_board(records).tasks]
    assert found == [(level, name) for level in reversed(levels) for name in ("faces", "voices")]


def test_seeds_are_rows_and_nothing_is_averaged() -> None:
    accuracies = {1: 0.5, 2: 0.75, 3: 1.0}
    records = [measured("net", value, what=identity(seed=seed)) for seed, value in accuracies.items()]
    ((*rows,),) = rankings(render_markdown(build_board([*records, failed(cell("net"))]), title=""))
    assert [(row["seed"], row["accuracy"]) for row in rows[:3]] == [("3", "1.0000"), ("2", "0.7500"), ("1", "0.5000")]
    assert len(rows) == 4


def test_a_cell_is_one_row_and_its_finished_record_wins() -> None:
    versions = [
        failed(finished="2026-01-03"),
        record(finished="2026-01-01", scores=scores(accuracy=0.25)),
        record(finished="2026-01-02", scores=scores(accuracy=0.75)),
    ]
    for order in itertools.permutations(versions):
        ((row,),) = (task.rows for task in build_board(order).tasks)
        assert row.headline is not None
        assert row.headline.metrics["accuracy"] == 0.75


def test_leaving_out_samples_is_no_way_to_the_top() -> None:
    whole = record(cell("whole"), scores=scores(accuracy=0.8))
    counts = {"test": PartCount(attempted=80, dropped=20)}
    picked = record(cell("picked"), scores=scores(accuracy=1.0), counts=counts)
    ((first, second),) = rankings(render_markdown(build_board([picked, whole]), title=""))
    assert (first["experiment"], second["experiment"]) == ("whole", "picked")
    assert second["departures"].startswith("ranked by 0.7500, for samples left out count as wrong")


def test_the_lowest_error_ranks_first() -> None:
    rows = [told(name, AFFECT, values_table(error), ranked_by="rmse") for name, error in (("far", 2.0), ("near", 0.3))]
    assert [row.cell.experiment for row in kinds.board(*rows).tasks[0].rows] == ["near", "far"]


def test_the_lowest_divergence_ranks_first() -> None:
    rows = [told(name, VOTES, votes_table(error)) for name, error in (("far", 3.0), ("near", 0.3))]
    assert ranks(kinds.board(*rows)) == {"near": 1, "far": 2}


def test_samples_left_out_do_not_lower_an_error() -> None:
    rows = [told("whole", AFFECT, values_table(0.50), ranked_by="rmse")]
    rows += [told("part", AFFECT, values_table(0.45), ranked_by="rmse", dropped=120)]
    assert [row.cell.experiment for row in build_board([one for one, _ in rows]).tasks[0].rows] == ["whole", "part"]


def test_values_and_classes_are_different_tasks() -> None:
    of_classes = record(cell("classes", ranked_by="ccc"))
    assert len(build_board([of_classes, told("values", AFFECT, values_table(0.5))[0]]).tasks) == 2
