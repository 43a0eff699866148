"""The files of a board: written together, with the verdicts on a suite's claims."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emobench.boards.board import Board
from emobench.boards.claims import claims_csv, claims_json, claims_markdown, for_page
from emobench.boards.csv import render_csv
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.claims import Judged, Ledger, find_ledger, judge
from emobench.plugins import Registry
from emobench.records import PREDICTIONS, Record
from emobench.storage import atomic
from emobench.suites import Suite

BOARD = "leaderboard"
Verdicts = tuple[Ledger, list[Judged]]
"""A ledger and the verdict on each of its claims."""


def judged(board: Board, suite: Suite, cells: Iterable[tuple[Path, Record]], plugins: Registry) -> Verdicts | None:
    """Return what the suite's papers claim and what the cells of a board gave.

    ``None`` for a suite without claims, and for a board of synthetic rows, which compare with nothing published. A cell
    without predictions answers no claim, for it has no interval.

    Raises:
        EmobenchError: the ledger or predictions cannot be read.
    """
    real = [
        (folder, record)
        for folder, record in cells
        if record.cell.provenance != "synthetic" and (record.status == "failed" or (folder / PREDICTIONS).exists())
    ]
    if not suite.claims or not real:
        return None
    ledger = find_ledger(suite, plugins)
    return ledger, judge(ledger, suite, real, plugins, board.intervals)


def write_board(
    board: Board,
    stem: Path,
    title: str,
    built_in: frozenset[str],
    verdicts: Verdicts | None = None,
) -> list[Path]:
    """Write a board as ``<stem>.md``, ``.html``, ``.csv`` and ``.json``, and return these files.

    With verdicts, both pages end with them, and ``<stem>-claims.csv`` and ``<stem>-claims.json`` stand beside it;
    ``built_in`` names the suites that come with emobench.
    """
    texts = {
        ".md": render_markdown(board, title=title, page=f"{stem.name}.html", built_in=built_in),
        ".csv": render_csv(board),
        ".json": render_json(board),
        ".html": render_html(
            board,
            title=title,
            verdicts=verdicts and for_page(verdicts[1], verdicts[0]),
            built_in=built_in,
        ),
    }
    if verdicts is not None:
        ledger, each = verdicts
        texts[".md"] += f"\n## What the papers print\n\n{_CLAIMS}\n\n{claims_markdown(each, ledger, level=3)}"
        texts["-claims.csv"] = claims_csv(each)
        texts["-claims.json"] = claims_json(each, ledger)
    files = {stem.with_name(stem.name + ending): text for ending, text in texts.items()}
    for path, text in files.items():
        with atomic(path) as file:
            file.write(text.encode())
    return list(files)


_CLAIMS = (
    "Every number that the papers print, whether it is arithmetically possible, and what was measured in its place. "
    "*Reproduced*: the printed value lies inside the measured one's 95% interval, the same as in the tables above. *Near*: "
    "the intervals of the two overlap. *Not comparable*: the part that differs is named below the table. `emobench claims` "
    "prints this alone, and with `--arithmetic` every check."
)
