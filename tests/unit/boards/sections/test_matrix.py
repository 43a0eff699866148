"""Encoders by corpora, in words and tables."""

from __future__ import annotations

import json

from emobench.boards.board import Board
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.latex.page import render_latex
from emobench.boards.markdown.page import render_markdown
from emobench.boards.markdown.summary import render_summary
from emobench.boards.sections import matrix as sections
from emobench.boards.text import plain
from tests.support.boards import several, tables
from tests.support.latex import check, rows
from tests.support.probed import broken, built, four, probed


def shown(board: Board, *, intervals: bool = True) -> list[dict[str, str]]:
    """Return the table of the only matrix, as people read it."""
    (found,) = board.matrices
    table = sections.table(board, found, intervals=intervals)
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, map(plain, row), strict=True)) for row in table.texts()]


def said(board: Board) -> str:
    (found,) = board.matrices
    return " ".join(plain(each) for each in sections.ranks(board, found))


def test_a_row_has_rank_first_places_and_a_score_for_each_corpus() -> None:
    first, second, by_chance = shown(built(*four()), intervals=False)
    assert list(first) == ["rank", "first %", "encoder", "Corpus One: UAR %", "Corpus Two: UAR %"]
    assert (first["encoder"], first["rank"], first["first %"]) == ("a", "1 [1,\u00a01]", "100.0")
    assert second["encoder"] == "b"
    assert (by_chance["encoder"], by_chance["Corpus One: UAR %"], by_chance["rank"]) == ("chance", "33.3", "–")


def test_scores_have_intervals_where_they_are_asked_for() -> None:
    assert "[" in shown(built(*four()))[0]["Corpus One: UAR %"]
    assert "[" not in shown(built(*four()), intervals=False)[0]["Corpus One: UAR %"]


def test_what_is_missing_and_what_failed_is_told_apart_and_listed() -> None:
    board = built(*four(), probed("c", "one"), probed("d", "one"), broken("d", "two"))
    *_, missing, failed, _ = shown(board)
    assert (missing["rank"], missing["Corpus Two: UAR %"], failed["Corpus Two: UAR %"]) == ("–", "–", "failed")
    assert (
        "Without a rank, since a result is missing: c (no result on Corpus Two); d (no result on Corpus Two)."
        in said(board)
    )


def test_corpora_that_do_not_count_are_named() -> None:
    small = [probed(encoder, "three", groups=3) for encoder in "ab"]
    assert "Not in a rank, since people, samples or those of a class are too few for an interval: three." in said(
        built(*four(), *small)
    )


def test_few_corpora_are_said_to_say_little() -> None:
    many = [probed(encoder, dataset) for encoder in "ab" for dataset in ("one", "two", "three", "four", "five")]
    assert "So few corpora" in said(built(*four()))
    assert "So few corpora" not in said(built(*many))


def test_a_board_without_ranks_says_why() -> None:
    board = built(*four(), without=tuple(record.cell.experiment for record, _ in four()))
    assert "There is no rank" in said(board)
    assert "Not in a rank, since predictions are not here: Corpus One, Corpus Two." in said(board)
    assert "rank" not in shown(board)[0]


def test_the_level_of_data_stands_with_the_corpus_and_synthetic_ones_in_the_heading() -> None:
    def heads(provenance: str) -> tuple[str, list[str]]:
        rows = [probed(encoder, dataset, provenance=provenance) for encoder in "ab" for dataset in ("one", "two")]
        board = built(*rows)
        return sections.title(board, board.matrices[0]), list(shown(board)[0])

    title, columns = heads("unverified")
    assert title == "Encoders by corpora: The net"
    assert "Corpus One, unverified: UAR %" in columns
    assert heads("synthetic")[0] == "Encoders by corpora: The net (synthetic, no results)"


def test_both_markdown_pages_and_the_html_page_have_the_matrix() -> None:
    board = built(*four())
    for page in (render_markdown(board, title="Demo"), render_summary(board, title="Demo")):
        assert "## Encoders by corpora: The net" in page
        assert any("first %" in found[0] for found in tables(page))
    assert '<section id="matrices"' in render_html(board, title="Demo")


def test_a_paper_gets_it_before_the_tables_of_the_tasks() -> None:
    text = render_latex(built(*four()))
    check(text)
    first, *others = text.split(r"\end{table}")[:-1]
    assert len(others) == 2
    assert r"\caption{Encoders by corpora: The net. Of each corpus the score that ranks there.}" in first
    assert rows(first)[1][:3] == ["1 [1,~1]", "100.0", r"\texttt{a}"]


def test_json_has_it_where_there_is_one() -> None:
    board = built(*four())
    (found,) = json.loads(render_json(board))["matrices"]
    assert [each["encoder"] for each in found["encoders"]] == ["a", "b"]
    assert "matrices" not in json.loads(render_json(built(*several())))


def test_a_row_of_a_probe_says_its_encoder() -> None:
    assert "The net on a" in render_summary(built(*four()), title="Demo")
