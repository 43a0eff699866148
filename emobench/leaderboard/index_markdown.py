"""The page of a folder of boards: which board is where, and how each task stands."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from emobench.leaderboard import evidence_markdown
from emobench.leaderboard.grid import Column, grid
from emobench.leaderboard.headings import headings
from emobench.leaderboard.table import RANKED_BY, TIES_BY, Board, Task
from emobench.leaderboard.text import NONE, metric_title, plain

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
        f"the same test samples. The first tier holds the row of the best {metric_title(RANKED_BY)} and all that cannot be "
        "told from it. Scores of different tasks do not compare.",
        "## By dataset",
    ]
    names = headings(board)
    for dataset, title in datasets.items():
        page = f"{quote(folder)}/{quote(dataset)}"
        tasks = [task for task in board.tasks if task.dataset == dataset]
        blocks += [f"### {plain(title)}", f"[{plain(dataset)}.md]({page}.md) · [with figures]({page}.html)"]
        blocks += [_tasks(tasks, names)]
    if suites:
        blocks.append("## By suite")
        lines = [
            f"- [{plain(title)}]({quote(name)}.md) · [with figures]({quote(name)}.html)"
            for name, title in suites.items()
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _tasks(tasks: list[Task], names: Mapping[str, str]) -> str:
    columns = [Column("task"), Column("rows", number=True), Column("audits"), Column("first tier")]
    columns += [Column(f"best {metric_title(RANKED_BY)}", number=True), Column(metric_title(TIES_BY), number=True)]
    return grid(columns, [[names[task.id], str(len(task.rows)), _audited(task), *_best(task)] for task in tasks])


def _audited(task: Task) -> str:
    if task.faults:
        return f"{task.faults} error{'s' if task.faults > 1 else ''}"
    return "no error" if task.audited else "not audited"


def _best(task: Task) -> list[str]:
    tier = [row for row in task.rows if row.rank == 1]
    if not tier:
        return [NONE, NONE, NONE]
    names = list(dict.fromkeys(plain(row.cell.experiment) for row in tier))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    scores = [evidence_markdown.score(task, tier[0], name) for name in (RANKED_BY, TIES_BY)]
    return [", ".join(names[:NAMED]) + more, *scores]
