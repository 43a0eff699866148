"""Boards: tasks, ranking, uncertainty, pairs, and their text, Markdown, HTML, CSV and JSON."""

from __future__ import annotations

from emobench.boards.board import Board, BoardTask, Missing, Row
from emobench.boards.claims import claims_csv, claims_json, claims_markdown, describe, for_page, render_text, value
from emobench.boards.comparison import Comparison, Entrant, compare, one_task, p_text, span_text
from emobench.boards.csv import render_csv
from emobench.boards.files import BOARD, judged, write_board
from emobench.boards.headings import headings
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.index import render_index
from emobench.boards.markdown.page import render_markdown
from emobench.boards.part_scores import most_frequent
from emobench.boards.ranking import build_board
from emobench.boards.sections.rows import confusion, dropped, metrics, per_class
from emobench.boards.sections.tasks import WHO, by_chance, clean_in_words, remark, score, what_row, who
from emobench.boards.sections.uncertainty import worst_in_words
from emobench.boards.tables import COUNT, SCORE, Column, Table, written
from emobench.boards.text import NONE, component, count, duration, plain

__all__ = [
    "BOARD",
    "COUNT",
    "NONE",
    "SCORE",
    "WHO",
    "Board",
    "BoardTask",
    "Column",
    "Comparison",
    "Entrant",
    "Missing",
    "Row",
    "Table",
    "build_board",
    "by_chance",
    "claims_csv",
    "claims_json",
    "claims_markdown",
    "clean_in_words",
    "compare",
    "component",
    "confusion",
    "count",
    "describe",
    "dropped",
    "duration",
    "for_page",
    "headings",
    "judged",
    "metrics",
    "most_frequent",
    "one_task",
    "p_text",
    "per_class",
    "plain",
    "remark",
    "render_csv",
    "render_html",
    "render_index",
    "render_json",
    "render_markdown",
    "render_text",
    "score",
    "span_text",
    "value",
    "what_row",
    "who",
    "worst_in_words",
    "write_board",
    "written",
]
