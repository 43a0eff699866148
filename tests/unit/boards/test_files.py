"""The files of a board: every format says the same, and says it again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.boards.csv import render_csv
from emobench.boards.files import judged, write_board
from emobench.boards.html.links import Links
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.plugins.loading import installed_plugins
from emobench.records.record import Record
from emobench.suites.reading import find_suite
from tests.support.boards import (
    MISSING,
    RENDERERS,
    board,
    chance,
    made,
    rankings,
    several,
    table,
    uncertainty,
    weighted,
)
from tests.support.factories import cell, record
from tests.support.html_boards import small_board


@pytest.mark.parametrize("name", RENDERERS)
def test_same_records_same_bytes(name: str) -> None:
    records = several()
    render = RENDERERS[name]
    assert render(build_board(records, MISSING)) == render(build_board(records[::-1], MISSING[::-1]))
    reread = [Record.model_validate_json(one.model_dump_json()) for one in records]
    assert render(build_board(records, MISSING)) == render(build_board(reread, MISSING))


@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_of_the_machine_leaks(name: str) -> None:
    page = RENDERERS[name](build_board(several()))
    assert "/home" not in page
    assert "secret.py" not in page
    assert "…/x.npy" in page


@pytest.mark.parametrize("name", RENDERERS)
def test_a_board_without_records(name: str) -> None:
    assert RENDERERS[name](build_board([]))


@pytest.mark.parametrize("name", RENDERERS)
def test_missing_experiments_are_named(name: str) -> None:
    page = RENDERERS[name](build_board([], MISSING))
    assert "huge-net" in page
    assert "needs 80 GiB" in page


@pytest.mark.parametrize("name", RENDERERS)
def test_a_synthetic_row_is_compared_with_nothing_published(name: str) -> None:
    board = build_board([record(cell("twin", provenance="synthetic", published={"accuracy": 0.65}))])
    assert board.tasks[0].rows[0].published == ()
    page = RENDERERS[name](board)
    assert "Published beside" not in page
    assert "published_accuracy" not in page


@pytest.mark.parametrize("weights", [[[0.1, 0.9], [0.2, 0.8]], ["a", "b"], [0.5], 0.5, {"net": 1}, [None, 1.0]])
@pytest.mark.parametrize("name", RENDERERS)
def test_weights_of_another_kind_do_no_harm(name: str, weights: Any) -> None:
    members, fused = weighted({"weights": weights})
    assert "weights net" not in RENDERERS[name](build_board([*members, fused]))


def test_an_unknown_interval_has_no_ends_in_any_format() -> None:
    made_board = board(made("net", table(chance(0.6, 1), groups=3)))
    page = render_markdown(made_board, title="Demo")
    ((row,),) = rankings(page)
    assert row["accuracy"].endswith(" [unknown]")
    csv = pd.read_csv(io.StringIO(render_csv(made_board)))
    assert csv["accuracy_low"].isna().all()
    assert list(csv["interval_unit"]) == ["group"]
    (task,) = json.loads(render_json(made_board))["tasks"]
    assert task["rows"][0]["intervals"]["accuracy"]["low"] is None


def test_without_predictions_nothing_is_added() -> None:
    (one, _) = made("net", table(chance(0.6, 1)))
    page = render_markdown(build_board([one]), title="Demo")
    assert "bootstrap" not in page
    assert "tier" not in page
    assert json.loads(render_json(build_board([one])))["tasks"][0]["uncertainty"] is None


def test_same_predictions_in_any_order_same_bytes() -> None:
    rows = [made(f"net-{seed}", table(chance(0.5 + seed / 10, seed), groups=4)) for seed in range(2)]
    rows += [made("net-0", table(chance(0.5, 3), groups=4), seed=7, code=rows[0][0].cell.identity.code)]
    one, other = board(*rows), board(*rows[::-1])
    assert uncertainty(one).seeds
    for render in (render_csv, render_json, lambda of: render_markdown(of, title="Demo")):
        assert render(one) == render(other)


def test_synthetic_rows_are_no_answer_to_a_claim() -> None:
    plugins = installed_plugins()
    suite = find_suite("paper-replication", plugins)
    synthetic = record(cell("a.table2.mlp", provenance="synthetic"))
    assert judged(build_board([synthetic]), suite, [(Path("nowhere"), synthetic)], plugins) is None


def test_markdown_links_to_the_page_beside_it(tmp_path: Path) -> None:
    board = small_board()
    written = write_board(board, tmp_path / "demo", "Demo", frozenset())
    assert tmp_path / "demo.html" in written
    assert "[page with figures](demo.html) · [CSV](demo.csv) · [JSON](demo.json)" in (tmp_path / "demo.md").read_text()
    beside = Links({"CSV": "demo.csv", "JSON": "demo.json"}, "cells/")
    assert (tmp_path / "demo.html").read_text() == render_html(board, title="Demo", links=beside)
    assert ".html" not in render_markdown(board, title="Demo")
