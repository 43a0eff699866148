"""The page of a folder of boards."""

from __future__ import annotations

from emobench.boards.markdown.index import MARK, render_index
from tests.support.boards import board, chance, first, made, table


def test_a_task_names_its_first_tier_and_the_best_score() -> None:
    page = render_index(
        board(made("good", table(first(0.9))), made("poor", table(first(0.4)))),
        {"faces": "Some faces"},
        {"demo": "The demo"},
        folder="data sets",
    )
    assert page.startswith(MARK)
    assert "### Some faces\n\n[faces.md](data%20sets/faces.md)" in page
    (line,) = [line for line in page.splitlines() if line.endswith("|") and "good" in line]
    assert "0.9000" in line
    assert "poor" not in line
    assert "- [The demo](demo.md)" in page


def test_a_long_tier_is_cut_and_counted() -> None:
    same = [made(name, table(chance(0.6, 1))) for name in "abcde"]
    page = render_index(board(*same), {"faces": "Faces"}, {}, folder="datasets")
    assert "a, b, c and 2 more" in page
    assert "## By suite" not in page
