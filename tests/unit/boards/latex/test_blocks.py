"""Texts of others mean nothing to LaTeX."""

from __future__ import annotations

import pytest

from emobench.boards.latex.blocks import escape, inline, tabular
from emobench.boards.tables import COUNT, Column, Table
from emobench.boards.text import code, raised, strong


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b & 5% of $x #1", r"a\_b \& 5\% of \$x \#1"),
        (r"\input{secret}", r"\textbackslash{}input\{secret\}"),
        ("x^2 ~ y", r"x\textasciicircum{}2 \textasciitilde{} y"),
        ("a < b > c | d", r"a \textless{} b \textgreater{} c \textbar{} d"),
        ('a "word" and `tick`', r"a {\char34}word{\char34} and \textasciigrave{}tick\textasciigrave{}"),
        ("--only x---y", "-{}-only x-{}-{}-y"),
        ("''", "'{}'"),
        ("5\u00a0points – or…", r"5~points -- or\ldots{}"),
        ("two\nlines\t\x00here", "two lines here"),
        ("% a comment", r"\% a comment"),
    ],
)
def test_what_would_mean_something_is_escaped(text: str, written: str) -> None:
    assert escape(text) == written


def test_styles_are_commands_around_escaped_text() -> None:
    text = (strong("5%"), " ", code("a_b"), raised("a"))
    assert inline(text) == r"\textbf{5\%} \texttt{a\_b}\textsuperscript{a}"


def test_a_table_has_three_rules_and_a_gap() -> None:
    table = Table("T", [Column("name"), Column("n", COUNT)], [["a & b", 1000], ["[x]", None], ["*", 2]])
    assert tabular(table, gaps={1}).splitlines() == [
        r"\begin{tabular}{@{}lr@{}}",
        r"\toprule",
        r"name & n \\",
        r"\midrule",
        r"a \& b & 1,000 \\",
        r"\addlinespace",
        r"{}[x] & -- \\",  # else it would be an argument of the end of the row before
        r"{}* & 2 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
