"""The board as LaTeX: a table a task, to be put into a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emobench.boards.board import Board
from emobench.boards.headings import telling_apart
from emobench.boards.latex import blocks
from emobench.boards.sections import matrix
from emobench.boards.sections.paper import PaperTable, paper_table
from emobench.boards.tables import Table
from emobench.boards.text import plain

BROAD = 78
"""A table with more characters in a line is set smaller, so that it fits the 345 points of the class article."""

_HEAD = r"% Made by emobench leaderboard. Needs \usepackage{booktabs}."


def render_latex(board: Board, columns: Sequence[str] = ()) -> str:
    """Return a ``table`` environment for each matrix and each task; a document needs the package booktabs.

    Args:
        board: from :func:`emobench.boards.build_board`.
        columns: see :func:`emobench.boards.sections.paper.paper_table`.

    Raises:
        EmobenchError: there is no such column.
    """
    apart = telling_apart(board, with_classes=False)
    tables = [matrix.paper(board, each) for each in board.matrices]
    tables += [paper_table(task, board.titles, columns, apart[task.id]) for task in board.tasks]
    return "\n\n".join([_HEAD, *map(_table, tables)]) + "\n"


def _table(paper: PaperTable) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", paper.table.title.lower()).strip("-")
    size, space = (r"\footnotesize", "3pt") if _characters(paper.table) > BROAD else (r"\small", "4pt")
    lines = [
        r"\begin{table}[tbp]",
        rf"\centering{size}\setlength{{\tabcolsep}}{{{space}}}\setlength{{\belowcaptionskip}}{{4pt}}",
        rf"\caption{{{blocks.inline(paper.caption)}}}",
        rf"\label{{tab:{name}-{paper.task}}}",
        blocks.tabular(paper.table, paper.gaps),
    ]
    if paper.notes:
        notes = " ".join(map(blocks.inline, paper.notes))
        lines += [r"\par\smallskip", rf"\parbox{{\linewidth}}{{\footnotesize {notes}}}"]
    return "\n".join([*lines, r"\end{table}"])


def _characters(table: Table) -> int:
    rows = [[column.title for column in table.columns], *(list(map(plain, row)) for row in table.texts())]
    return sum(max(map(len, column)) for column in zip(*rows, strict=True))
