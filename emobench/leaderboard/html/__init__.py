"""The board as one page to look at: sortable, filterable, with figures, without network."""

from emobench.leaderboard.html.page import render_html

__all__ = ["render_html"]
