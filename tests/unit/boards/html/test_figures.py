"""Figures of the page: across corpora, with a leak, against size."""

from __future__ import annotations

import re
from dataclasses import replace

from emobench.boards.board import Board
from emobench.boards.html import figures as drawing
from emobench.boards.html.figures import cost, figures
from emobench.boards.overview import overview
from emobench.boards.ranking import build_board
from emobench.records import Component
from tests.support import kinds
from tests.support.factories import cell, identity, record, sha256
from tests.support.html_boards import Parsed
from tests.support.kinds import AFFECT, told, values_table


def drawn(board: Board) -> dict[str, str]:
    lines = {line.task: line for line in overview(board).lines}
    return {figure.title: figure.svg for figure in figures(board, lines)}


def crossing(train: str, test: str) -> Component:
    return Component(name="across", parameters={"train": [train], "test": [test]})


def test_tasks_across_corpora_are_a_matrix_with_those_within_on_its_diagonal() -> None:
    across = [
        cell(f"{a}-{b}", what=identity(dataset="voices", protocol=crossing(a, b), split={"test": sha256(a + b)}))
        for a, b in (("one", "two"), ("two", "one"))
    ]
    within = cell("within", what=identity(dataset="one", content=sha256("one")))
    board = build_board([record(of) for of in (*across, within)])
    one = next(task for task in board.tasks if task.dataset == "one")
    board = replace(board, tasks=tuple(replace(task, people="apart") if task is one else task for task in board.tasks))
    ((title, svg),) = drawn(board).items()
    assert title == "Across corpora: accuracy in %"
    targets = re.findall(r'href="#task-(\w+)" aria-label="([^:]*):', svg)
    assert {said for _, said in targets} == {
        "trained on one, tested on two",
        "trained on two, tested on one",
        "trained on one, tested on one",
    }
    assert {task for task, _ in targets} == {task.id for task in board.tasks}
    assert Parsed(svg).problems == []


def test_a_board_without_such_tasks_has_no_figure() -> None:
    assert drawn(build_board([record()])) == {}


def test_premiums_are_a_dumbbell() -> None:
    leaky = cell("leaky", leaky=True)
    apart = cell(
        "apart",
        what=identity(protocol=Component(name="apart"), split={"train": sha256("a"), "test": sha256("b")}),
        counterpart="leaky",
        beside=leaky.id,
    )
    board = build_board([record(leaky), record(apart)])
    svg = drawn(board)["What a leaky split adds"]
    assert svg.count('class="leaky"') == svg.count('class="apart"') == 1
    assert f'href="#cell-{leaky.id}"' in svg


def test_seeds_of_a_model_in_the_dumbbell_are_told_apart_by_what_differs() -> None:
    records = []
    for seed in (68, 69):
        leaky = cell(f"leaky{seed}", what=identity(seed=seed), leaky=True)
        protocol = Component(name="apart", parameters={"seed": seed})
        split = {"train": sha256("a"), "test": sha256("b")}
        what = identity(seed=seed, protocol=protocol, split=split)
        apart = cell(f"apart{seed}", what=what, counterpart=leaky.experiment, beside=leaky.id)
        records += [record(leaky), record(apart)]
    svg = drawn(build_board(records))["What a leaky split adds"]
    assert re.findall(r"seed\s(\d+)", svg) == ["68", "69"]
    assert "leaky68" not in svg


def test_scores_against_size_name_those_that_no_smaller_model_reaches() -> None:
    sizes = {"small": 10_000, "middle": 100_000, "large": 1_000_000}
    records = [
        record(cell(name, what=identity(seed=place)), parameters=n) for place, (name, n) in enumerate(sizes.items())
    ]
    board = build_board(records)
    (line,) = overview(board).lines
    figure = cost(board, board.tasks[0], line)
    assert figure is not None
    assert figure.svg.count('class="best"') == 1  # all score the same: the smallest is enough
    assert figure.svg.count('class="other"') == 2
    assert f'href="#cell-{records[0].cell.id}"' in figure.svg


def test_two_sizes_are_no_figure() -> None:
    records = [record(cell(str(place), what=identity(seed=place)), parameters=10 + place) for place in range(2)]
    board = build_board(records)
    assert cost(board, board.tasks[0], overview(board).lines[0]) is None


def test_marks_of_scores_that_are_no_shares_hold_all_of_them() -> None:
    row = kinds.only(kinds.board(told("mlp", AFFECT, values_table(0.5))))
    points = [drawing._Point(6.0, score, row) for score in (1.3, 2.9)]
    axes = drawing._Axes.around(points, None, "rmse")
    assert axes.least <= 1.3 < 2.9 <= axes.most


def test_the_frontier_of_an_error_goes_down() -> None:
    row = kinds.only(kinds.board(told("mlp", AFFECT, values_table(0.5))))
    points = [drawing._Point(cost, score, row) for cost, score in ((4.0, 2.0), (5.0, 2.5), (6.0, 1.0))]
    assert [point.score for point in drawing._frontier(points, "rmse")] == [2.0, 1.0]
