"""Boards: tasks, ranking, uncertainty, pairs, and their text, Markdown, HTML, LaTeX, CSV and JSON."""

from __future__ import annotations

from emobench.boards.board import Board, BoardTask, Missing, PublishedScore, Row
from emobench.boards.claims import (
    claims_csv,
    claims_json,
    claims_markdown,
    describe,
    for_page,
    tables_of_claims,
    totals,
    value,
)
from emobench.boards.comparison import (
    ComparedPair,
    Comparison,
    Entrant,
    change_form,
    compare,
    one_task,
    p_text,
    span_text,
)
from emobench.boards.csv import render_csv
from emobench.boards.files import BOARD, judged, write_board
from emobench.boards.headings import headings, telling_apart, with_tasks
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.latex.page import render_latex
from emobench.boards.markdown.audits import render_audits
from emobench.boards.markdown.index import render_index
from emobench.boards.markdown.page import render_markdown
from emobench.boards.markdown.summary import render_summary
from emobench.boards.matrix import Matrix
from emobench.boards.overview import Overview, TaskLine, overview
from emobench.boards.paired_results import PairedResult
from emobench.boards.part_scores import FEWEST_RANKED
from emobench.boards.ranking import build_board, task_key
from emobench.boards.sections.matrix import ranks as matrix_ranks
from emobench.boards.sections.matrix import table as matrix_table
from emobench.boards.sections.matrix import title as matrix_title
from emobench.boards.sections.rows import confusion, dimensions, dropped, metrics, per_class
from emobench.boards.sections.tasks import (
    TOLD,
    WHO,
    by_chance,
    clean_in_words,
    human_in_words,
    remark,
    samples_in_words,
    score,
    told_in_words,
    weights_in_words,
    what_row,
    who,
)
from emobench.boards.sections.uncertainty import worst_in_words
from emobench.boards.serving import HOST, board_server
from emobench.boards.tables import COUNT, SCORE, Column, Table, written
from emobench.boards.text import NONE, component, count, duration, plain
from emobench.boards.titles import Titles
from emobench.boards.units import difference, is_share, short, times, unit

__all__ = [
    "BOARD",
    "COUNT",
    "FEWEST_RANKED",
    "HOST",
    "NONE",
    "SCORE",
    "TOLD",
    "WHO",
    "Board",
    "BoardTask",
    "Column",
    "ComparedPair",
    "Comparison",
    "Entrant",
    "Matrix",
    "Missing",
    "Overview",
    "PairedResult",
    "PublishedScore",
    "Row",
    "Table",
    "TaskLine",
    "Titles",
    "board_server",
    "build_board",
    "by_chance",
    "change_form",
    "claims_csv",
    "claims_json",
    "claims_markdown",
    "clean_in_words",
    "compare",
    "component",
    "confusion",
    "count",
    "describe",
    "difference",
    "dimensions",
    "dropped",
    "duration",
    "for_page",
    "headings",
    "human_in_words",
    "is_share",
    "judged",
    "matrix_ranks",
    "matrix_table",
    "matrix_title",
    "metrics",
    "one_task",
    "overview",
    "p_text",
    "per_class",
    "plain",
    "remark",
    "render_audits",
    "render_csv",
    "render_html",
    "render_index",
    "render_json",
    "render_latex",
    "render_markdown",
    "render_summary",
    "samples_in_words",
    "score",
    "short",
    "span_text",
    "tables_of_claims",
    "task_key",
    "telling_apart",
    "times",
    "told_in_words",
    "totals",
    "unit",
    "value",
    "weights_in_words",
    "what_row",
    "who",
    "with_tasks",
    "worst_in_words",
    "write_board",
    "written",
]
