"""What tasks are called."""

from __future__ import annotations

import pytest

from emobench.boards.headings import headings, telling_apart, with_tasks
from emobench.boards.ranking import build_board
from emobench.errors import EmobenchError
from emobench.records.identity import Component
from tests.support.factories import cell, identity, record
from tests.support.html_boards import small_board


def test_tasks_of_one_name_are_told_apart() -> None:
    def rule(seed: int) -> Component:
        return Component(name="random-clips", parameters={"test_size": 60, "seed": seed})

    same = [record(cell(what=identity(protocol=rule(seed)))) for seed in (1, 2)]
    more = record(cell(what=identity(protocol=rule(1), split={"train": "a", "test": "b"})))
    other = record(cell(what=identity(dataset="voices")))
    board = build_board([*same, more, other])
    names = headings(board)
    assert len(set(names.values())) == 4
    assert "voices, random-clips split, official" in names.values()
    assert "faces, random-clips split, seed 2" in " ".join(names.values())


def test_tasks_are_chosen_and_a_wrong_one_is_one_line() -> None:
    of = small_board()
    assert {task.dataset for task in with_tasks(of, ["voices"]).tasks} == {"voices"}
    assert [task.id for task in with_tasks(of, [of.tasks[0].id]).tasks] == [of.tasks[0].id]
    assert with_tasks(of, []) == of
    with pytest.raises(EmobenchError, match="no task matches 'voice'"):
        with_tasks(of, ["voice"])


def test_classes_tell_tasks_apart_unless_they_stand_beside_the_name() -> None:
    two = record(cell(what=identity(classes=("happy", "sad"))))
    board = build_board([record(), two])
    assert set(telling_apart(board).values()) == {"2 classes", "3 classes"}
    assert set(telling_apart(board, with_classes=False).values()) == {""}
