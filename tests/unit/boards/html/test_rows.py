"""Rows of the page: their numbers, bars and intervals."""

from __future__ import annotations

import re

import pytest

from emobench.boards.board import Board
from emobench.boards.html.page import render_html
from emobench.boards.ranking import build_board
from tests.support.factories import cell, failed, record
from tests.support.html_boards import VERDICTS, Parsed, small_board


@pytest.fixture(scope="module")
def board() -> Board:
    return small_board()


@pytest.fixture(scope="module")
def page(board: Board) -> Parsed:
    return Parsed(render_html(board, title="Demo", verdicts=VERDICTS))


def test_numbers_of_a_row_are_those_of_its_scores(board: Board, page: Parsed) -> None:
    task = board.tasks[0]
    texts = page.data["texts"]
    for row in task.rows:
        if row.headline is None:
            continue
        shown = page.data["rows"][row.cell.id]
        assert shown["confusion"] == [list(line) for line in row.headline.confusion]
        assert [each[1] for each in shown["classes"]] == [round(one.recall * 10_000) for one in row.headline.per_class]
        names = [texts[place] for place in shown["metrics"]]
        assert shown["parts"][0][2][names.index("accuracy")] == round(row.headline.metrics["accuracy"] * 10_000)
        ends = task.intervals(row)["accuracy"].ends
        assert ends is not None
        assert shown["spans"][str(names.index("accuracy"))] == [round(end * 10_000) for end in ends]
        n = sum(one[1] for one in shown["bins"])
        gap = sum(one[1] * abs(one[3] - one[2]) for one in shown["bins"]) / n / 10_000
        assert n == row.headline.n
        assert gap == pytest.approx(row.headline.metrics["ece"], abs=2e-4)
        assert shown["history"]["loss"] == [round(one.loss * 10_000) for one in row.record.history]


def test_bars_lie_on_the_common_scale(page: Parsed) -> None:
    bars = [str(attributes["style"]) for tag, attributes in page.tags if attributes.get("class") == "iv"]
    assert len(bars) == 5  # all rows but the failed one
    for bar in bars:
        places = {name: float(value) for name, value in re.findall(r"--(\w):(-?[\d.]+)", bar)}
        assert all(0 <= value <= 100 for value in places.values())
        if "l" in places:
            assert places["l"] <= places["v"] <= places["l"] + places["w"]


def test_rows_without_predictions_have_no_interval() -> None:
    page = Parsed(render_html(build_board([record(), failed(cell("bad"))]), title=""))
    assert page.problems == []
    shown = page.data["rows"].values()
    assert not any("bins" in row for row in shown)
    assert "failed: RuntimeError: out of memory" in page.text
