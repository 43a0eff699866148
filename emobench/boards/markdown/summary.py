"""What a board's Markdown page begins with, and the short page: overview and rankings, everything else a link away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from emobench.boards.board import Board, BoardTask
from emobench.boards.markdown import blocks
from emobench.boards.overview import Overview, TaskLine, overview
from emobench.boards.sections import matrix, origins, pairs
from emobench.boards.sections import overview as sections
from emobench.boards.tables import Heading, Items
from emobench.boards.text import NONE, Text, strong
from emobench.claims import Verdict
from emobench.records import PROVENANCE_MEANING

SYNTHETIC = (
    "> **Rows marked synthetic were computed on data that emobench made up.** They show that the machinery works. They are "
    "no results, and compare with nothing published."
)


def render_summary(
    board: Board,
    *,
    title: str,
    below: str = "",
    verdicts: Mapping[Verdict, int] | None = None,
    files: Mapping[str, str] | None = None,
    details: Mapping[str, str] | None = None,
    built_in: frozenset[str] = frozenset(),
) -> str:
    """Return overview and rankings of a board as a GitHub page of narrow tables.

    Args:
        board: from :func:`emobench.boards.build_board`.
        title: of the page.
        below: a line below the title.
        verdicts: number of claims by verdict, from :func:`emobench.claims.count`.
        files: what stands beside the page: a few words to the name of a file.
        details: name of a dataset to the page with all of its rows in full.
        built_in: the suites that come with emobench, which every reader can run.
    """
    shown = overview(board, verdicts)
    parts = [
        *opening(shown, title, files or {}, below),
        blocks.blocks(matrix.of_board(board)),
        *_tasks(board, shown, details or {}),
    ]
    parts.append(blocks.blocks(pairs.of_board(board)))
    if board.missing:
        parts.append(blocks.blocks([Heading("Not run", 2), Items(sections.not_run(board))]))
    parts += about(board, built_in)
    return "\n\n".join(filter(None, parts)) + "\n"


def opening(shown: Overview, title: str, files: Mapping[str, str], below: str = "") -> Iterator[str]:
    """Yield what a reader sees first: title, cards, one line a task."""
    yield f"# {blocks.inline(title)}"
    if below:
        yield blocks.inline(below)
    if files:
        yield " · ".join(f"[{said}]({quote(name)})" for said, name in files.items())
    cards = [sections.card(card) for card in shown.cards]
    if cards:
        yield blocks.block(Items([(strong(each.head), f" {each.words}") for each in cards]))
    if not shown.lines:
        yield "No cell has been run."
    if any(line.provenance == "synthetic" for line in shown.lines):
        yield SYNTHETIC
    if shown.ranked:
        yield blocks.block(sections.lines(shown.ranked, lambda line: f"#{anchor(line.task)}"))
        yield (
            f"{sections.KEY} The score in bold is the one that the best model was chosen by. Scores of different tasks do "
            "not compare; a model that says one class of every sample, or whose training failed, never leads."
        )
    if shown.few:
        yield folded("Tasks of fewer than 30 samples, without ranks", blocks.block(Items(sections.few(shown))))


def anchor(task: str) -> str:
    """Return what the section of a task is called in links."""
    return f"task-{task}"


def heading(line: TaskLine, level: int = 2) -> str:
    """Return the heading of a task's section, with the anchor that links lead to."""
    leaky = "leaky" if line.people == "leaky" else ""
    names = [f"{line.dataset}, {line.split} split", line.apart, line.provenance, leaky]
    made_up = "SYNTHETIC, not results: " if line.provenance == "synthetic" else ""
    return f'{"#" * level} <a id="{anchor(line.task)}"></a>{made_up}{blocks.inline(", ".join(filter(None, names)))}'


def folded(summary: str, content: str) -> str:
    """Return content under a line that opens it; GitHub renders Markdown inside HTML only after an empty line."""
    return f"<details>\n<summary>{blocks.inline(summary)}</summary>\n\n{content}\n\n</details>"


def _tasks(board: Board, shown: Overview, details: Mapping[str, str]) -> Iterator[str]:
    by_id = {task.id: task for task in board.tasks}
    if shown.ranked:
        yield "## Rankings"
    for line in shown.ranked:
        yield from _section(board, by_id[line.task], line, details)
    if shown.few:
        small = [text for line in shown.few for text in _section(board, by_id[line.task], line, details)]
        yield folded("Rows of tasks of fewer than 30 samples", "\n\n".join(small))


def _section(board: Board, task: BoardTask, line: TaskLine, details: Mapping[str, str]) -> Iterator[str]:
    page = details.get(line.name)
    more = f" · [details]({page}#{anchor(line.task)})" if page else ""
    yield heading(line, 3)
    yield blocks.inline(sections.remark(line)) + more
    yield blocks.block(sections.ranking(board, task, line))


def about(board: Board, built_in: frozenset[str]) -> Iterator[str]:
    """Yield what the words of a page mean, where the data comes from, and how to make the rows again."""
    versions = ", ".join(sorted({record.emobench for record in board.records})) or NONE
    yield "## How to read this"
    yield (
        "Rows are ranked within a task only: the same data, classes, split and test samples. Rows of one rank cannot be told "
        "apart by a test. In brackets: 95% intervals. UAR is the unweighted average recall; chance is what is right without "
        "looking at a sample. A row without a rank failed, says one class of every sample, or was tested on too few."
    )
    if any(row.clean for task in board.tasks for row in task.rows):
        yield "*Clean* is the score without test samples that equal or nearly equal one in training."
    present = {task.provenance for task in board.tasks}
    levels: list[Text] = [
        (strong(level), f": {meaning}") for level, meaning in PROVENANCE_MEANING.items() if level in present
    ]
    if levels:
        yield blocks.block(Items(levels))
    if others := list(origins.other_suites(board, built_in)):
        yield blocks.block(Items(others))
    runs = origins.commands(board, built_in)
    again = f" To reproduce: `{'`, `'.join(runs)}`." if runs else ""
    yield f"Made by `emobench leaderboard` (emobench {versions}) from the stored records.{again}"
