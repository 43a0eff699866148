"""Sources of a row as BibTeX."""

from __future__ import annotations

from emobench.boards.html.sources import entries, papers
from emobench.boards.ranking import build_board
from emobench.boards.titles import Reference, Titles
from emobench.records import Source
from tests.support.factories import cell, record
from tests.support.html_boards import VERDICTS


def test_dataset_component_paper_and_program_are_cited() -> None:
    source = Source(
        distribution="more 1.0", title="Tiny", citation="B & C 2021, 50% better", url="https://example.org/tiny"
    )
    (row,) = build_board([record(cell("one"), sources={"models/tiny": source})]).tasks[0].rows
    titles = Titles(
        datasets={"faces": "The Faces"}, references={"datasets/faces": Reference("A 2020", "https://example.org/f_1")}
    )
    paper = {"name": "A", "title": "A {paper}", "link": "https://example.org/paper"}
    found = list(entries(titles, row, {"A": paper}))
    assert [each.partition(",")[0] for each in found] == [
        "@misc{faces",
        "@misc{tiny",
        "@misc{paper-A",
        "@misc{emobench",
    ]
    assert (
        found[0]
        == "@misc{faces,\n  title = {{The Faces}},\n  note = {A 2020},\n  howpublished = {\\url{https://example.org/f_1}},\n}"
    )
    assert "note = {B \\& C 2021, 50\\% better}" in found[1]
    assert "title = {{A \\{paper\\}}}" in found[2]


def test_papers_are_those_of_the_claims_that_a_row_answers() -> None:
    (table,) = VERDICTS["tables"]
    claims = [{**claim, "cell": "0123"} for claim in table["claims"]]
    assert papers({**VERDICTS, "tables": [{**table, "claims": claims}]}) == {"0123": {"A": VERDICTS["papers"][0]}}
    assert papers({**VERDICTS, "tables": [{**table, "claims": claims, "quoted": True}]}) == {}
    assert papers(None) == {}
