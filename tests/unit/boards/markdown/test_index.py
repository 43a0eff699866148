"""The page of a folder of boards."""

from __future__ import annotations

from emobench.boards.markdown.index import MARK, render_index
from tests.support.boards import board, chance, first, made, table, tables


def test_a_task_names_its_best_model_and_leads_to_its_rows() -> None:
    of = board(made("good", table(first(0.9))), made("poor", table(first(0.4))))
    page = render_index(of, {"faces": "Some faces"}, {"demo": "The demo"}, folder="data sets")
    assert page.startswith(MARK)
    ((line,),) = tables(page)
    assert line["task"].startswith(f"[faces](data%20sets/faces.md#task-{of.tasks[0].id})")
    assert "90.0" in line["accuracy %"]
    assert line["rows"] == "2"
    assert "- [Some faces](data%20sets/faces.md)" in page
    assert "- [The demo](demo.md)" in page


def test_a_tier_is_counted() -> None:
    same = [made(name, table(chance(0.6, 1))) for name in "abcde"]
    ((line,),) = tables(render_index(board(*same), {"faces": "Faces"}, {}, folder="datasets"))
    assert "and 4 not told apart" in line["best model"]
