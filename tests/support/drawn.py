"""A result that is drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from matplotlib.figure import Figure

from emobench.boards.board import Board
from emobench.boards.ranking import build_board
from emobench.figures import board as figures
from emobench.figures import result
from emobench.scoring.calibration import reliability
from emobench.scoring.outcomes import arrays
from tests.support.factories import CLASSES, cell, predictions, record
from tests.support.html_boards import METRICS, epochs
from tests.support.scores import score_part

TABLE = predictions(120)


SCORES = score_part(TABLE, CLASSES, METRICS.values())


NET = record(cell("net", published={"accuracy": 0.5}), scores={"test": SCORES}, history=epochs(4))


NAMES = {NET.cell.id: "Net-18"}


KINDS = ("confusion", "classes", "reliability", "training")


@pytest.fixture(scope="module")
def board() -> Board:
    return build_board([NET], predictions={NET.cell.id: TABLE}, metrics=METRICS)


def drawn(board: Board) -> dict[str, Callable[..., Figure]]:
    return {
        "confusion": partial(result.confusion, SCORES, "Title"),
        "classes": partial(result.classes, SCORES, "Title"),
        "reliability": partial(result.reliability, reliability(*arrays(TABLE, CLASSES)), "Title"),
        "training": partial(result.training, NET, "Title"),
        "intervals": partial(figures.intervals, board.tasks[0], NAMES, "Title"),
    }
