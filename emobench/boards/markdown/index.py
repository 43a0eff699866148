"""The page of a folder of boards: how each task stands, and which board is where."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from emobench.boards.board import Board
from emobench.boards.markdown import blocks
from emobench.boards.markdown.summary import anchor
from emobench.boards.overview import TaskLine, overview
from emobench.boards.sections import overview as sections
from emobench.boards.tables import Items

MARK = "<!-- written by emobench leaderboard; remove this line to keep the page as it is -->"


def render_index(board: Board, datasets: Mapping[str, str], suites: Mapping[str, str], *, folder: str) -> str:
    """Return the page as Markdown.

    Args:
        board: everything that is published in the folder.
        datasets: title of each dataset that has a board, by its name.
        suites: title of each suite that has a board, by its name.
        folder: where the boards of the datasets are, relative to the page.
    """
    pages = {name: f"{quote(folder)}/{quote(name)}" for name in datasets}

    def href(line: TaskLine) -> str:
        return f"{pages[line.name]}.md#{anchor(line.task)}"

    shown = overview(board)
    parts = [MARK, "# Leaderboards"]
    if suites:
        parts.append(_listed({quote(name): title for name, title in suites.items()}))
    parts += [blocks.block(sections.lines(shown.ranked, href)), sections.KEY]
    if shown.few:
        parts += ["Tasks of fewer than 30 samples, without ranks:", blocks.block(Items(sections.few(shown)))]
    parts += ["## By dataset", _listed({pages[name]: title for name, title in datasets.items()})]
    return "\n\n".join(parts) + "\n"


def _listed(pages: Mapping[str, str]) -> str:
    return "\n".join(
        f"- [{blocks.inline(title)}]({page}.md) · [with figures]({page}.html)" for page, title in pages.items()
    )
