"""Tables that give way to a narrow terminal in a stated order."""

from __future__ import annotations

import pytest

from emobench.cli._layout import cut, drop, fold, layout

HEADINGS = ["experiment", "title", "seed", "cell", "p"]
ROWS = [
    ["control.b.table4.two-stream-tess.redrawn-again", "a title of several words", "42", "657c23ee13d1ecbc", "< 0.001"],
    ["a.table2.mlp", "short", "7", "78f72f86c8f9587b", "0.117"],
]
ORDER = (*fold("title", 8), *drop("seed"), *cut("experiment", 16))


def lines(room: int) -> list[str]:
    head, body = layout(HEADINGS, ROWS, room, ORDER, ["seed"])
    return [*head, *(line for row in body for line in row)]


def test_a_table_that_fits_is_left_as_it_is() -> None:
    assert lines(1000)[1].split() == ["-" * width for width in (46, 24, 4, 16, 7)]
    assert lines(105) == lines(1000)
    assert lines(1000)[3].startswith("a.table2.mlp  " + " " * 34 + "short")


@pytest.mark.parametrize("room", [140, 105, 104, 90, 80, 70, 60])
def test_no_line_is_wider_than_the_terminal_and_ids_and_p_values_stay_whole(room: int) -> None:
    shown = "\n".join(lines(room))
    assert max(map(len, shown.splitlines())) <= room
    for whole in ("657c23ee13d1ecbc", "78f72f86c8f9587b", "< 0.001", "0.117"):
        assert whole in shown


def test_columns_give_way_in_the_order_that_is_stated_and_no_further_than_needed() -> None:
    assert "seed" in lines(95)[0]
    assert len(lines(95)[2]) <= 95
    assert len(lines(95)) > len(lines(105))
    assert "seed" not in lines(80)[0]
    assert "control.b.table4" in lines(88)[2]
    assert "…" in lines(75)[2]
    assert "redrawn-again" in lines(75)[2]


def test_a_long_heading_is_broken_between_words_first() -> None:
    head, body = layout(["clean subset, n = 3,081"], [["0.4609"]], 10)
    assert [line.strip() for line in head] == ["clean", "subset,", "n =", "3,081", "-------"]
    assert body == [["0.4609"]]


def test_folding_breaks_no_word_and_cutting_a_folded_column_shortens_words() -> None:
    rows = [["first-long-name - second-long-name"]]
    _, folded = layout(["difference"], rows, 5, fold("difference", 5))
    assert folded == [["first-long-name", "-", "second-long-name"]]
    _, shortened = layout(["difference"], rows, 9, [*fold("difference", 5), *cut("difference", 9)])
    assert max(map(len, shortened[0])) <= 9
    assert "…" in shortened[0][0]


def test_room_that_a_step_left_is_used_again() -> None:
    rows = [["an-experiment-with-a-long-name", "x" * 30, "0.5"]]
    order = (*cut("experiment", 12), *drop("note"))
    head, body = layout(["experiment", "note", "score"], rows, 40, order)
    assert "note" not in head[0]
    assert "an-experiment-with-a-long-name" in body[0][0]
    back, _ = layout(["a", "b", "c"], [["x" * 8, "y" * 20, "z" * 3]], 16, (*drop("a"), *drop("b")))
    assert back[0].split() == ["a", "c"]
