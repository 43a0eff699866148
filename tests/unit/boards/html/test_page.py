"""The HTML page without a browser: whole, safe, small, and the same bytes for the same board."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from emobench.boards.board import Board, Missing
from emobench.boards.html.page import render_html, script_json
from emobench.boards.ranking import build_board
from emobench.records.departures import CopyNote
from tests.support import exposed, kinds
from tests.support.factories import cell, failed, identity, record
from tests.support.html_boards import VERDICTS, Parsed, large_board, small_board
from tests.support.kinds import AFFECT, told, values_table

LIMIT = 2_000_000


@pytest.fixture(scope="module")
def board() -> Board:
    return small_board()


@pytest.fixture(scope="module")
def page(board: Board) -> Parsed:
    return Parsed(render_html(board, title="Demo", verdicts=VERDICTS))


def test_markup_is_whole(page: Parsed) -> None:
    assert page.problems == []
    assert len(page.ids()) == len(set(page.ids()))


def test_every_row_is_in_the_table_and_in_the_data(board: Board, page: Parsed) -> None:
    cells = {row.cell.id for task in board.tasks for row in task.rows}
    assert {name.removeprefix("cell-") for name in page.ids() if name.startswith("cell-")} == cells
    assert page.data["rows"].keys() == cells
    for name in ("alpha", "beta", "gamma", "leaky-net", "toy", "broken", "never-run"):
        assert name in page.text


def test_every_claim_is_there_with_its_verdict(page: Parsed) -> None:
    shown = [attributes["data-verdict"] for tag, attributes in page.tags if "data-verdict" in attributes]
    assert shown == ["reproduced", "impossible as printed"]
    assert "1 reproduced" in page.text
    assert "whole number of right answers: possible" in page.text


def test_links_within_the_page_lead_somewhere(page: Parsed) -> None:
    targets = {str(each)[1:] for tag, known in page.tags if tag == "a" and str(each := known["href"]).startswith("#")}
    assert targets <= set(page.ids())
    assert len(targets) > 3


def test_provenance_and_leaks_are_in_plain_sight(page: Parsed) -> None:
    sections = [attributes for tag, attributes in page.tags if tag == "section" and "data-split" in attributes]
    assert {(one["data-provenance"], one["data-split"]) for one in sections} == {
        ("official", "people unknown"),
        ("unverified", "leaky split"),
        ("synthetic", "people unknown"),
    }
    assert "SYNTHETIC, not results: toys" in page.text
    assert "leaky split" in page.text
    assert "people unknown" in page.text


def test_every_table_has_a_caption_and_every_heading_a_scope(page: Parsed) -> None:
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption") > 4
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    assert all("type" in attributes for tag, attributes in page.tags if tag == "button")


def test_order_of_the_records_does_not_matter() -> None:
    records = [record(cell(name)) for name in "abc"]
    assert render_html(build_board(records), title="") == render_html(build_board(records[::-1]), title="")


def test_filters_have_the_values_of_the_board_and_no_choice_of_one(page: Parsed) -> None:
    selects = [attributes.get("name") for tag, attributes in page.tags if tag == "select"]
    assert selects == ["dataset", "provenance", "split", "verdict"]


def test_five_hundred_rows_are_below_two_megabytes() -> None:
    page = render_html(large_board(500), title="Large")
    assert page.count('class="row') == 500
    assert len(page.encode()) < LIMIT


# --------------------------------------------------------------------------------------------------- strangers' texts

NASTY = "</script><script>alert('x')</script><img src=x onerror=alert(1)> & \"quoted\" <!-- `tick` **bold** | pipe"


def test_no_text_of_others_becomes_markup() -> None:
    what = identity(dataset=NASTY, classes=(NASTY, "happy", "sad"))
    records = [
        record(cell(NASTY, what=what, note=NASTY, departures=(CopyNote(what=NASTY),)), warnings=(NASTY,)),
        failed(cell("bad"), message=NASTY),
    ]
    verdicts: dict[str, Any] = {**VERDICTS, "totals": NASTY}
    text = render_html(build_board(records, [Missing(NASTY, NASTY)]), title=NASTY, verdicts=verdicts)
    page = Parsed(text)
    assert page.problems == []
    assert [tag for tag, _ in page.tags].count("script") == 2
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert NASTY in page.text
    assert NASTY in page.data["texts"]
    texts, rows = page.data["texts"], page.data["rows"].values()
    for place in {row["prose"] for row in rows} | {value for row in rows for _, value in row["facts"]}:
        # What the page's script takes for markup.
        assert not {"img", "script"} & {tag for tag, _ in Parsed(texts[place]).tags}


def test_json_cannot_end_its_element() -> None:
    assert "<" not in script_json({NASTY: [NASTY, "<!--"]})


# -------------------------------------------------------------------------------------------------------- without network


def test_nothing_is_loaded(page: Parsed) -> None:
    loaded = {
        str(value)
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "srcset", "data")
    }
    assert loaded == set()
    assert [attributes["href"] for tag, attributes in page.tags if tag == "link"] == ["data:,"]
    styles = "".join(text for tag, text in page.texts if tag == "style")
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_policy_allows_the_script_of_the_page_and_no_other(board: Board) -> None:
    page = Parsed(render_html(board, title="Demo"))
    script = [text for tag, text in page.texts if tag == "script"][1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert f"script-src 'sha256-{digest}'" in str(policy)
    assert "default-src 'none'" in str(policy)


# -------------------------------------------------------------------------------------------------------------- edges


def test_a_board_without_records() -> None:
    page = Parsed(render_html(build_board([]), title="Empty"))
    assert page.problems == []
    assert "No cell has been run." in page.text


def test_a_page_of_values_has_no_per_cent_column_and_names_its_dimensions() -> None:
    page = render_html(kinds.board(told("mlp", AFFECT, values_table(0.5))), title="")
    assert '<th scope="col" class="num">CCC</th>' in page
    assert "UAR %</th>" not in page
    assert "valence (1 to 7), arousal" in page


def test_the_script_of_a_page_of_classes_has_nothing_for_values() -> None:
    of_classes, of_values = (
        render_html(build_board([one]), title="") for one in (record(), told("mlp", AFFECT, values_table(0.5))[0])
    )
    assert "ofValues" in of_values
    assert "ofValues" not in of_classes


def test_badges_are_on_rows_and_in_a_filter() -> None:
    page = Parsed(render_html(exposed.board(), title="Demo"))
    assert page.problems == []
    options = [attributes for tag, attributes in page.tags if tag == "select" and attributes.get("name") == "exposure"]
    assert len(options) == 1
    said = {page.data["texts"][row["exposure"]] for row in page.data["rows"].values()}
    assert said == {"trained here", "unseen", "unknown", "seen"}
    assert "class order differs: accuracy .12, after the permutation happy-sad .61" in page.text


def test_a_board_without_badges_has_no_word_of_them(board: Board) -> None:
    text = render_html(board, title="Demo")
    assert "exposure" not in text
