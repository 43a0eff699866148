"""A task as a table of a paper, before it is written in a format."""

from __future__ import annotations

import pytest

from emobench.boards.sections.paper import paper_table
from emobench.boards.text import plain
from emobench.boards.titles import Titles
from emobench.errors import EmobenchError
from tests.support import exposed
from tests.support.boards import board, first, made, table


def test_rows_that_begin_a_tier_have_a_gap_before_them() -> None:
    rows = [made(name, table(first(share)), seed=seed) for seed, (name, share) in enumerate((("a", 0.9), ("b", 0.3)))]
    (task,) = board(*rows).tasks
    paper = paper_table(task, Titles())
    assert [row.rank for row in task.rows] == [1, 2]
    assert paper.gaps == {1}
    assert [column.title for column in paper.table.columns] == ["Tier", "Model", "Accuracy", "UAR"]
    assert paper.notes == ()
    assert "n = 240" in plain(paper.caption)


def test_metrics_without_a_scale_to_1_are_not_in_per_cent() -> None:
    (task,) = board(made("net", table(first(0.9)))).tasks
    paper = paper_table(task, Titles(), ["log_loss"])
    assert task.rows[0].headline is not None
    assert plain(paper.table.texts()[0][0]) == f"{task.rows[0].headline.metrics['log_loss']:.3f}"
    assert "%" not in plain(paper.caption)


def test_an_unknown_column_names_the_nearest() -> None:
    (task,) = board(made("net", table(first(0.9)))).tasks
    with pytest.raises(EmobenchError, match="no column 'modle'; did you mean 'model'"):
        paper_table(task, Titles(), ["modle"])


def test_badges_are_a_column_where_there_are_any() -> None:
    (task,) = exposed.board().tasks
    table = paper_table(task, Titles()).table
    place = [column.title for column in table.columns].index("Exposure")
    assert [row[place] for row in table.rows] == ["seen", "unseen", "trained here", "unknown"]
