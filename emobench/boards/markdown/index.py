"""The page of a folder of boards: which board is where, and how each task stands."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from emobench.boards.board import Board, BoardTask
from emobench.boards.headings import headings
from emobench.boards.markdown import blocks as as_markdown
from emobench.boards.sections import tasks as task_blocks
from emobench.boards.tables import COUNT, SCORE, Column, Table, Value
from emobench.boards.text import NONE, counted
from emobench.records import metric_title, ties_by

MARK = "<!-- written by emobench leaderboard; remove this line to keep the page as it is -->"
NAMED = 3
"""So many rows of the first tier are named."""


def render_index(board: Board, datasets: Mapping[str, str], suites: Mapping[str, str], *, folder: str) -> str:
    """Return the page as Markdown.

    Args:
        board: everything that is published in the folder.
        datasets: title of each dataset that has a board, by its name.
        suites: title of each suite that has a board, by its name.
        folder: where the boards of the datasets are, relative to the page.
    """
    blocks = [
        MARK,
        "# Leaderboards",
        "Rows are ranked within a task only: the same content of a dataset, the same classes, the same rule of splitting, "
        "the same test samples. The first tier holds the row of the best score in the metric that the task is "
        "ranked by, and all that cannot be told from it. Scores of different tasks do not compare.",
        "## By dataset",
    ]
    names = headings(board)
    for dataset, title in datasets.items():
        page = f"{quote(folder)}/{quote(dataset)}"
        tasks = [task for task in board.tasks if task.dataset == dataset]
        blocks += [
            f"### {as_markdown.inline(title)}",
            f"[{as_markdown.inline(dataset)}.md]({page}.md) · [with figures]({page}.html)",
        ]
        blocks += [as_markdown.block(_tasks(tasks, names))]
    if suites:
        blocks.append("## By suite")
        lines = [
            f"- [{as_markdown.inline(title)}]({quote(name)}.md) · [with figures]({quote(name)}.html)"
            for name, title in suites.items()
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _tasks(tasks: list[BoardTask], names: Mapping[str, str]) -> Table:
    columns = [Column("task"), Column("rows", COUNT), Column("audits"), Column("first tier")]
    columns += [Column("ranked by"), Column("best", SCORE), Column("ties by"), Column("score", SCORE)]
    rows = [[names[task.id], len(task.rows), _audited(task), *_best(task)] for task in tasks]
    return Table("How the tasks stand", columns, rows)


def _audited(task: BoardTask) -> str:
    return counted(task.faults, "error") if task.faults else "no error" if task.audited else "not audited"


def _best(task: BoardTask) -> list[Value]:
    tier = [row for row in task.rows if row.rank == 1]
    if not tier:
        return [NONE, metric_title(task.ranked_by), None, metric_title(ties_by(task.ranked_by)), None]
    names = list(dict.fromkeys(row.cell.experiment for row in tier))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    scores: list[Value] = []
    for name in task.leading:
        scores += [metric_title(name), task_blocks.score(task, tier[0], name)]
    return [", ".join(names[:NAMED]) + more, *scores]
