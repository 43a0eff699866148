"""Boards say from which package a component of a row comes, when it is not from emobench."""

from __future__ import annotations

import csv
import html
import io
import json
from typing import Any

import pytest

from emobench.boards.board import Board
from emobench.boards.csv import render_csv
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.cell import FromPattern
from emobench.records.identity import Component
from emobench.records.record import Record, Source
from tests.support.factories import cell, identity, record
from tests.support.html_boards import Parsed

TINY = Source(
    distribution="emobench-tiny-next 0.1.0",
    title="Tiny NeXt",
    citation="Doe, Tiny faces, 2026",
    url="https://example.org/tiny",
)


def of_tiny(**changes: Any) -> Any:
    return cell("tiny", what=identity(model=Component(name="tiny-next")), **changes)


def board(source: Source | None = None) -> Board:
    sources = {"models/tiny-next": source} if source else {}
    return build_board([record(of_tiny(suite="tiny-next"), sources=sources)])


def test_markdown_names_package_address_and_citation() -> None:
    page = render_markdown(board(TINY), title="")
    said = "model: tiny-next (Tiny NeXt) of emobench-tiny-next 0.1.0 (https://example.org/tiny), Doe, Tiny faces, 2026"
    assert f"What did not come with emobench:\n\n- {said}; in tiny\n" in page
    assert "did not come with emobench" not in render_markdown(board(), title="")


def test_texts_of_a_source_do_no_harm() -> None:
    evil = Source(distribution="a 1", title="</script><b>", citation="[x](javascript:1) | <img>")
    page = render_markdown(board(evil), title="")
    assert r"\[x](javascript:1) \| &lt;img&gt;" in page
    assert "<b>" not in page
    assert "<img>" not in render_html(board(evil), title="")


def test_page_names_it_where_the_row_opens() -> None:
    texts = Parsed(render_html(board(TINY), title="")).data["texts"]
    assert any(text.startswith("model: tiny-next (Tiny NeXt) of emobench-tiny-next 0.1.0") for text in texts)


def test_programs_get_it_as_json() -> None:
    of = board(TINY)
    (row,) = csv.DictReader(io.StringIO(render_csv(of)))
    wanted = {"models/tiny-next": TINY.model_dump()}
    assert json.loads(row["sources"]) == wanted
    assert json.loads(render_json(of))["tasks"][0]["rows"][0]["record"]["sources"] == wanted
    assert next(csv.DictReader(io.StringIO(render_csv(board()))))["sources"] == ""


def of_suite(suite: str, **sources: Source) -> Record:
    return record(cell(suite, suite=suite), sources=sources)


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_commands_are_of_the_suites_that_everybody_has(render: Any) -> None:
    page = render(
        build_board([of_suite("cross-corpus"), of_suite("my-own")]), title="", built_in=frozenset({"cross-corpus"})
    )
    assert "emobench run --suite cross-corpus" in page
    assert "--suite my-own" not in page
    assert "Rows of the suite my-own come from a file or from bundles; their authors have the suite." in page
    assert "of the suite cross-corpus" not in page


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_command_of_a_suite_of_patterns_names_the_encoders(render: Any) -> None:
    rows = [
        record(cell(each, suite="probes", pattern=FromPattern(name="{dataset}.{encoder}", encoder=each)))
        for each in ("hf:wavlm", "gray-face", "hf:my own")
    ]
    page = html.unescape(render(build_board(rows), title="", built_in=frozenset({"probes"})))
    said = "--suite probes --encoder gray-face --encoder 'hf:my own' --encoder hf:wavlm --data DATASETS"
    assert said in page


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_rows_from_python_say_so(render: Any) -> None:
    page = render(build_board([of_suite("python")]), title="")
    assert "Rows of the suite python were made by emobench.evaluate; their authors have the code." in page


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_suite_of_a_package_names_it(render: Any) -> None:
    page = render(build_board([of_suite("tiny-next", **{"suites/tiny-next": TINY})]), title="")
    assert "Rows of the suite tiny-next come from the package emobench-tiny-next 0.1.0; install it first." in page
    assert "To reproduce" not in page
