"""Blocks of a board as HTML."""

from __future__ import annotations

from emobench.boards.html.blocks import blocks, inline
from emobench.boards.tables import COUNT, Column, Heading, Items, Table
from emobench.boards.text import code, strong


def test_no_text_becomes_markup() -> None:
    assert inline(("<b>", code("<i>"), strong("&"))) == "&lt;b&gt;<code>&lt;i&gt;</code><strong>&amp;</strong>"


def test_headings_get_the_level_of_the_page() -> None:
    assert blocks([Heading("Audits", 3)], level=5) == "<h5>Audits</h5>\n"


def test_numbers_alone_stand_to_the_right() -> None:
    page = blocks([Table("Sizes", [Column("part"), Column("samples", COUNT)], [["test", 1200]])])
    assert "<caption>Sizes</caption>" in page
    assert '<tr><td>test</td><td class="num">1,200</td></tr>' in page


def test_a_title_that_a_heading_shows_is_not_shown_again() -> None:
    table = Table("Sizes", [Column("part")], [["test"]])
    assert '<caption class="unseen">Sizes</caption>' in blocks([Heading("Sizes", 2), "of parts", table])
    assert "<caption>Sizes</caption>" in blocks([Heading("Others", 2), table])


def test_a_list_has_an_element_for_each_item() -> None:
    assert blocks([Items(["one", "two"]), "a paragraph"]) == "<ul><li>one</li><li>two</li></ul>\n<p>a paragraph</p>\n"
