"""Intervals of a task as a figure."""

from __future__ import annotations

import numpy as np

from emobench.boards.board import Board
from emobench.figures import board as figures
from tests.support.drawn import NET, SCORES


def test_intervals_are_drawn_where_they_are(board: Board) -> None:
    (task,) = board.tasks
    assert task.uncertainty is not None
    interval = task.uncertainty.intervals[NET.cell.id]["accuracy"]
    lines = [np.asarray(line.get_xdata()).tolist() for line in figures.intervals(task, "").axes[0].lines]
    assert [interval.low, interval.high] in lines
    assert [SCORES.metrics["accuracy"]] in lines
    assert [0.5] in lines
