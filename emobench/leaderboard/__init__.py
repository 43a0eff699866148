"""Leaderboards, computed from records alone: no dataset, no model, no torch.

The same records, in whatever order, give the same bytes.
"""

from emobench.leaderboard.csv_file import render_csv
from emobench.leaderboard.headings import headings
from emobench.leaderboard.html import render_html
from emobench.leaderboard.index_markdown import render_index
from emobench.leaderboard.json_file import render_json
from emobench.leaderboard.markdown import render_markdown
from emobench.leaderboard.model import Board, BoardTask, Missing, PublishedScore, Row
from emobench.leaderboard.paired_results import PairedResult
from emobench.leaderboard.ranking import build
from emobench.leaderboard.related_records import Member

__all__ = [
    "Board",
    "BoardTask",
    "Member",
    "Missing",
    "PairedResult",
    "PublishedScore",
    "Row",
    "build",
    "headings",
    "render_csv",
    "render_html",
    "render_index",
    "render_json",
    "render_markdown",
]
