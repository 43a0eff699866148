"""The files of a board: written together, with the verdicts on a suite's claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from emobench.boards.board import Board
from emobench.boards.claims import claims_csv, claims_json, claims_markdown, for_page
from emobench.boards.csv import render_csv
from emobench.boards.html.links import Links
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.markdown.summary import render_summary
from emobench.claims import Judged, Ledger, count, find_ledger, judge
from emobench.plugins import Registry
from emobench.records import PREDICTIONS, Record
from emobench.storage import atomic
from emobench.suites import Suite

BOARD = "leaderboard"
FILES = {"page with figures": ".html", "CSV": ".csv", "JSON": ".json"}
"""What stands beside the Markdown of a board."""

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
    if not any(part.claims for part in suite.parts) or not real:
        return None
    ledger = find_ledger(suite, plugins)
    return ledger, judge(ledger, suite, real, plugins, board.intervals)


def write_board(
    board: Board,
    stem: Path,
    title: str,
    built_in: frozenset[str],
    verdicts: Verdicts | None = None,
    *,
    details: Mapping[str, str] | None = None,
    cells: str = "cells/",
    docs: str = "",
) -> list[Path]:
    """Write a board as ``<stem>.md``, ``.html``, ``.csv`` and ``.json``, and return these files.

    Args:
        board: from :func:`emobench.boards.build_board`.
        stem: path of the files, without an ending.
        title: of both pages.
        built_in: the suites that come with emobench.
        verdicts: with these, ``<stem>-claims.md``, ``.csv`` and ``.json`` stand beside it.
        details: name of a dataset to the page with its rows in full, so that the Markdown is overview and rankings. By
            default the Markdown itself has every row in full.
        cells: where the page finds the folders of the cells.
        docs: where the page finds what explains it; empty where that is not known.
    """
    counts = count(verdicts[1]) if verdicts else None
    files = {said: stem.name + ending for said, ending in FILES.items()}
    if verdicts:
        files["every printed number"] = f"{stem.name}-claims.md"
    texts = {
        ".md": render_markdown(board, title=title, files=files, built_in=built_in)
        if details is None
        else render_summary(board, title=title, verdicts=counts, files=files, details=details, built_in=built_in),
        ".csv": render_csv(board),
        ".json": render_json(board, counts),
        ".html": render_html(
            board,
            title=title,
            verdicts=verdicts and for_page(verdicts[1], verdicts[0]),
            built_in=built_in,
            links=Links({said: quote(name) for said, name in files.items() if not name.endswith(".html")}, cells, docs),
        ),
    }
    if verdicts is not None:
        ledger, each = verdicts
        texts["-claims.md"] = f"# What the papers print: {title}\n\n{_CLAIMS}\n\n{claims_markdown(each, ledger)}"
        texts["-claims.csv"] = claims_csv(each)
        texts["-claims.json"] = claims_json(each, ledger)
    files_written = {stem.with_name(stem.name + ending): text for ending, text in texts.items()}
    for path, text in files_written.items():
        with atomic(path) as file:
            file.write(text.encode())
    return list(files_written)


_CLAIMS = (
    "Every number that the papers print, whether it is arithmetically possible, and what was measured in its place. "
    "*Reproduced*: the printed value lies inside the measured one's 95% interval, the same as in the tables above. *Near*: "
    "the intervals of the two overlap. *Not comparable*: the part that differs is named below the table. `emobench claims` "
    "prints this alone, and with `--arithmetic` every check."
)
