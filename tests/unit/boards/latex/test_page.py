"""A board as tables of a paper: they parse, are escaped, and say what they rest on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from emobench.boards.board import Board
from emobench.boards.latex.page import render_latex
from emobench.boards.ranking import build_board
from emobench.errors import EmobenchError
from emobench.records.departures import Limited, SampleCount
from emobench.records.record import Record
from tests.support.boards import board, chance, first, made, several, table
from tests.support.factories import cell, failed
from tests.support.html_boards import small_board
from tests.support.latex import check, columns, rows


def changed(one: Record, **changes: Any) -> Record:
    return one.model_copy(update={"cell": one.cell.model_copy(update=changes)})


def tiers() -> Board:
    """Two rows that cannot be told apart, one that is worse, one that says one class, and one that failed."""
    best, worse = made("best", table(first(0.9)), seed=1), made("worse", table(chance(0.3, 2)), seed=2)
    same = made("same", table(first(0.895)), seed=3)
    return board(best, same, worse)


@pytest.mark.parametrize("make", [tiers, small_board, lambda: build_board(several())])
def test_every_table_parses_and_has_its_columns(make: Any) -> None:
    text = render_latex(make())
    check(text)
    tables = text.split(r"\end{table}")[:-1]
    assert len(tables) == len(make().tasks)
    for one in tables:
        assert {len(line) for line in rows(one)} == {columns(one)}
        assert [one.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
        assert r"\caption{" in one
        assert r"\label{tab:" in one


def test_tiers_are_apart_and_the_first_is_bold() -> None:
    text = render_latex(tiers(), ["tier", "model", "accuracy"])
    lines = rows(text)
    assert [line[0] for line in lines] == ["Tier", "1", "1", "3"]
    assert [line[2].startswith(r"\textbf{") for line in lines] == [False, True, True, False]
    (before, after) = text.split(r"\addlinespace")
    assert r"\textbf{" not in after
    assert "bold: the first tier" in before


def test_scores_are_in_per_cent_with_intervals() -> None:
    of = tiers()
    row = of.tasks[0].rows[0]
    interval = of.tasks[0].intervals(row)["accuracy"]
    assert row.headline is not None
    assert interval.ends is not None
    ends = "[{:.1f},~{:.1f}]".format(*(100 * end for end in interval.ends))
    value = f"{100 * row.headline.metrics['accuracy']:.1f}"
    assert rows(render_latex(of, ["accuracy"]))[1] == [rf"\textbf{{{value}}}~{ends}"]


def test_caption_says_data_split_n_metric_provenance_and_what_is_reduced() -> None:
    cuts = (SampleCount(found=960, official=7442), Limited(samples=240))
    records = [made(name, table(chance(0.6, seed)), seed=seed) for seed, name in enumerate(("a", "b"))]
    some = [(changed(one, provenance="stand-in", departures=cuts, leaky=True), said) for one, said in records]
    caption = render_latex(board(*some)).partition(r"\caption{")[2].partition(r"\label")[0]
    for said in (
        r"\textbf{faces}, random-clips",
        "3 classes, part test, n = 240",
        r"Accuracy and UAR in \%; 95\% intervals in brackets; chance",
        "ranked by accuracy",
        "Data: stand-in (other data in the dataset's place",
        "All rows: 960 of 7,442 samples; at most 240 samples a part",
        r"\textbf{Leaky:",
    ):
        assert said in caption, said


def test_what_is_only_true_of_a_row_is_a_note_of_that_row() -> None:
    full, cut = (made(name, table(chance(0.6, seed)), seed=seed) for seed, name in enumerate(("full", "cut")))
    text = render_latex(board(full, (changed(cut[0], departures=(Limited(samples=240),)), cut[1])))
    assert "All rows" not in text
    (marked,) = [line for line in rows(text) if r"\textsuperscript{a}" in line[1]]
    assert r"(seed~1)" in marked[1]
    assert r"\textsuperscript{a} at most 240 samples a part." in text


def test_published_values_keep_their_digits_and_failures_are_said() -> None:
    net = changed(made("net", table(first(0.6)))[0], published={"accuracy": 0.65})
    text = render_latex(build_board([net, failed(cell("broken_net"), message="50% & out_of_memory")]))
    check(text)
    heads, one, other = rows(text)
    assert heads[-1] == "Paper"
    assert one[-1] == "65"
    assert other[-1] == "--"
    assert other[2] == "failed"
    assert r"50\% \& out\_of\_memory" in text
    assert "Paper: accuracy as published" in text


def test_synthetic_rows_are_called_so_first() -> None:
    text = render_latex(board((changed(made("net", table(first(0.6)))[0], provenance="synthetic"), table(first(0.6)))))
    assert r"\caption{\textbf{No results: the data is synthetic}" in text


def test_columns_are_chosen_and_a_wrong_one_is_one_line() -> None:
    assert rows(render_latex(tiers(), ["model", "f1_macro", "cell"]))[0] == ["Model", "F1 (macro)", "Cell"]
    with pytest.raises(EmobenchError, match=r"no column 'acuracy'.*did you mean 'accuracy'") as error:
        render_latex(tiers(), ["acuracy"])
    assert "\n" not in str(error.value)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdfLaTeX on this machine")
def test_it_compiles(tmp_path: Path) -> None:
    (tmp_path / "tables.tex").write_text(render_latex(small_board()))
    document = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n\\input{tables}\n\\end{document}\n"
    (tmp_path / "paper.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
