"""The short page of a board: what the first screen holds, and that no row is lost."""

from __future__ import annotations

import io
import json
import re

import pandas as pd

from emobench.boards.csv import render_csv
from emobench.boards.json import render_json
from emobench.boards.markdown.summary import render_summary
from emobench.boards.ranking import build_board
from tests.support.boards import MISSING, board, first, made, several, table, tables
from tests.support.factories import cell, failed
from tests.support.html_boards import small_board

SCREEN = 25
"""Lines of Markdown on a first screen."""


def test_first_screen_has_a_model_a_score_and_an_interval() -> None:
    page = render_summary(board(made("good", table(first(0.9))), made("poor", table(first(0.4)))), title="Demo")
    ((line,), *_) = tables("\n".join(page.splitlines()[:SCREEN]))
    assert "**net**" in line["best model"]
    assert re.search(r"\*\*90\.0 \[8\d\.\d,\u00a09\d\.\d\]\*\*", line["accuracy %"])
    assert re.fullmatch("`[─━┼●]{20}`", line["0 to 100"])


def test_no_row_is_lost_between_the_formats() -> None:
    of = small_board()
    cells = {row.cell.id for task in of.tasks for row in task.rows}
    page = render_summary(of, title="Demo")
    assert {row["cell"].strip("`") for rows in tables(page) for row in rows if "cell" in row} == cells
    assert {
        row["record"]["cell"]["id"] for task in json.loads(render_json(of))["tasks"] for row in task["rows"]
    } == cells
    assert set(pd.read_csv(io.StringIO(render_csv(of)), dtype=str)["cell"].dropna()) == cells


def test_links_lead_to_the_sections_of_the_page_and_to_the_details() -> None:
    of = small_board()
    page = render_summary(of, title="Demo", details={"faces": "datasets/faces.md"})
    anchors = set(re.findall(r'<a id="(.+?)">', page))
    assert set(re.findall(r"\(#(.+?)\)", page)) <= anchors
    assert {f"task-{task.id}" for task in of.tasks} == anchors
    assert re.search(r"\[details\]\(datasets/faces\.md#task-\w+\)", page)


def test_tables_are_narrow_and_long_reasons_are_cut() -> None:
    page = render_summary(build_board([*several(), failed(cell("long"), message="x" * 900)]), title="Demo")
    for rows in tables(page):
        for row in rows:
            assert len(row) <= 9
            assert max(map(len, row.values())) < 240


def test_what_was_not_run_is_a_line_a_reason() -> None:
    page = render_summary(build_board(several(), MISSING), title="Demo")
    assert "- huge-net: needs 80 GiB" in page.splitlines()


def test_tasks_under_thirty_samples_are_folded() -> None:
    page = render_summary(board(made("tiny", table(first(0.5, 20)))), title="Demo")
    before, _, after = page.partition("<details>")
    assert "tiny" not in before
    assert "20 samples, 1 row" in after
    assert page.count("<details>") == page.count("</details>") == 2


def test_an_empty_board_says_so() -> None:
    assert "No cell has been run." in render_summary(build_board([]), title="Demo")
