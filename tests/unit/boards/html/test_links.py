"""What the page links to beyond itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emobench.boards.board import Board
from emobench.boards.html.links import Links, outside
from emobench.boards.html.page import render_html
from emobench.boards.titles import Reference, Titles
from tests.support.html_boards import VERDICTS, Parsed, small_board


@pytest.fixture(scope="module")
def board() -> Board:
    return small_board()


def test_links_lead_to_papers_datasets_files_and_records(board: Board) -> None:
    reference = Reference("A. Uthor 2020, Faces", "https://example.org/faces")
    titled = replace(board, titles=Titles(datasets={"faces": "The Faces"}, references={"datasets/faces": reference}))
    beside = Links({"CSV": "demo.csv"}, "../cells/", "../docs/boards.md")
    page = Parsed(render_html(titled, title="Demo", verdicts=VERDICTS, links=beside))
    targets = {str(known["href"]) for tag, known in page.tags if tag == "a"}
    assert {"https://example.org/paper", "https://example.org/faces", "demo.csv", "../docs/boards.md"} <= targets
    assert page.data["cells"] == "../cells/"


def test_an_address_that_is_no_page_is_no_link(board: Board) -> None:
    titles = Titles(references={"datasets/faces": Reference("", "javascript:alert(1)")})
    page = Parsed(render_html(replace(board, titles=titles), title="Demo"))
    assert not [known for tag, known in page.tags if tag == "a" and "javascript" in str(known["href"])]


def test_only_web_addresses_lead_outside() -> None:
    assert outside("https://example.org/a") == "https://example.org/a"
    assert [outside(each) for each in ("javascript:alert(1)", "data:text/html,x", "//example.org", "")] == [""] * 4
