"""A row in full, as people read it."""

from __future__ import annotations

from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.boards.sections import rows
from emobench.boards.tables import Table
from emobench.records.record import Dropped, PartCount
from tests.support import kinds
from tests.support.boards import (
    tables,
    two_parts,
)
from tests.support.factories import cell, record
from tests.support.kinds import AFFECT, told, values_table


def test_every_test_part_and_their_union() -> None:
    one = record(cell("two", what=two_parts(), headline="private"))
    page = render_markdown(build_board([one]), title="")
    (table,) = (table for table in tables(page) if "n, private" in table[0])
    assert [table[0][f"n, {part}"] for part in ("private", "public", "test")] == ["30", "30", "60"]
    assert table[0]["accuracy, test"] == f"{one.scores['test'].metrics['accuracy']:.4f}"
    assert "*private* (30 samples, by which rows are ranked); *public* (30 samples)" in page
    assert "*test* (60 samples, all of them together)" in page


def test_samples_left_out_are_counted_by_part_and_reason() -> None:
    lost = [("clip-1", "test", "no face"), ("clip-2", "test", "no face"), ("clip-3", "validation", "no face")]
    lost += [("clip-4", "test", "too short at /home/me/clip-4.wav")]
    dropped = tuple(Dropped(sample_id=sample, part=part, reason=why) for sample, part, why in lost)
    page = render_markdown(build_board([record(dropped=dropped), record(cell("whole"))]), title="")
    (table,) = (table for table in tables(page) if "why" in table[0])
    assert [(row["experiment"], row["part"], row["samples"], row["why"]) for row in table] == [
        ("net-on-faces", "test", "2", "no face"),
        ("net-on-faces", "validation", "1", "no face"),
        ("net-on-faces", "test", "1", "too short at …/clip-4.wav"),
    ]
    assert "Samples left out" not in render_markdown(build_board([record(cell("whole"))]), title="")


def test_classes_confusion_and_dropped_samples_are_folded() -> None:
    one = record(counts={"train": PartCount(attempted=9, dropped=2), "test": PartCount(attempted=60, dropped=0)})
    page = render_markdown(build_board([one]), title="")
    found = {next(iter(table[0])): table for table in tables(page)}
    scored = one.scores["test"]
    assert [row["support"] for row in found["class"]] == [str(each.support) for each in scored.per_class]
    assert [[row[label] for label in ("angry", "happy", "sad")] for row in found[""]] == [
        [str(count) for count in line] for line in scored.confusion
    ]
    assert "Samples dropped: 2 of 9 in *train*." in page
    assert page.count("<details>") == page.count("</details>") == 2


def test_warnings_stand_with_their_row() -> None:
    page = render_markdown(build_board([record(warnings=("UserWarning: no end after /home/me/x.py",))]), title="")
    assert "- UserWarning: no end after /home/me/x.py" not in page.splitlines()
    assert "- UserWarning: no end after …/x.py" in page.splitlines()


def test_a_row_of_values_has_dimensions_in_place_of_classes() -> None:
    board = kinds.board(told("mlp", AFFECT, values_table(0.5)))
    (task,), row = board.tasks, kinds.only(board)
    assert row.headline is not None
    tables = [block.title for block in rows.blocks(task, row, row.headline) if isinstance(block, Table)]
    assert tables == ["Every metric", "Every dimension", "Slices"]


def test_every_dimension_has_its_own_scores() -> None:
    board = kinds.board(told("mlp", AFFECT, values_table(0.5)))
    (task,), row = board.tasks, kinds.only(board)
    assert row.headline is not None
    (table,) = rows.dimensions(task, row.headline)
    assert [line[:2] for line in table.rows] == [[name, row.headline.metrics[f"ccc.{name}"]] for name in AFFECT.names]
