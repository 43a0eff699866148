"""The board as a Markdown page: what is compared, the ranking, the published numbers, and each row in full.

A page holds a section a task; a section holds only tables about that task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from emobench.boards.board import Board, BoardTask
from emobench.boards.headings import headings
from emobench.boards.markdown import blocks
from emobench.boards.part_scores import FEWEST_RANKED
from emobench.boards.sections import audits, origins, pairs, rows, tasks, uncertainty
from emobench.boards.tables import Block, Heading, Items
from emobench.boards.text import NONE, code, emphasis, strong
from emobench.records import PROVENANCE_MEANING, is_external, metric_title


def render_markdown(board: Board, *, title: str, page: str = "", built_in: frozenset[str] = frozenset()) -> str:
    """Return the board as one GitHub page.

    Args:
        board: from :func:`emobench.boards.build_board`.
        title: of the page.
        page: name of the HTML file of the same board that stands beside; empty where there is none.
        built_in: the suites that come with emobench, which every reader can run.
    """
    parts = [f"# {blocks.inline(title)}"]
    if page:
        link = f"[{blocks.inline(page)}]({quote(page)})"
        parts.append(f"The same with figures, to sort and to filter: {link}, to be opened in a browser.")
    parts.append(blocks.blocks(_head(board)))
    if suites := origins.own_suites(board, built_in):
        runs = "\n".join(f"emobench run --suite {suite} --data DATASETS --out RUNS" for suite in suites)
        parts.append(f"To reproduce:\n\n```sh\n{runs}\nemobench leaderboard --runs RUNS\n```")
    parts.append(blocks.blocks(_origins(board, built_in)))
    names = headings(board)
    for task in board.tasks:
        parts += _section(task, names[task.id])
    parts.append(blocks.blocks(pairs.of_board(board)))
    if board.missing:
        parts.append(blocks.blocks([Heading("Not run", 2), tasks.missing(board.missing)]))
    return "\n\n".join(filter(None, parts)) + "\n"


# ---------------------------------------------------------------------------------------------------- head


def _head(board: Board) -> Iterator[Block]:
    versions = ", ".join(sorted({record.emobench for record in board.records})) or NONE
    yield (
        "Made by ",
        code("emobench leaderboard"),
        f" (emobench {versions}) from the stored records. A row is one cell: one experiment with one seed, addressed by its "
        "id. Rows are ranked within a task only: the same content of a dataset, the same classes, the same rule of "
        "splitting, the same test samples. A cell that failed or was not run is listed as such and has no rank; nothing is "
        "averaged.",
    )


def _origins(board: Board, built_in: frozenset[str]) -> Iterator[Block]:
    if others := list(origins.other_suites(board, built_in)):
        yield Items(others)
    if any(is_external(record.cell.identity) for record in board.records):
        yield (
            "Some rows are of predictions that were made elsewhere and handed in (",
            code("emobench score"),
            "): their scores can be computed again, the predictions cannot, and how the model was trained and chosen is not "
            "known.",
        )
    yield (
        "UAR is the unweighted average recall (balanced accuracy). UAR and macro averages run over the classes that have "
        "samples in the part, but for a class of a few odd samples, which the row names; a class that is predicted and has "
        "no samples lowers the recall, and so the F1, of the true classes, and has none itself. Rows of fewer than "
        f"{FEWEST_RANKED} samples, and rows that say the same class of every sample, have no rank. n is the number of "
        "samples scored, after those that could not be read were dropped."
    )
    present = {task.provenance for task in board.tasks}
    levels = [(strong(level), f": {meaning}") for level, meaning in PROVENANCE_MEANING.items() if level in present]
    if levels:
        yield "Where the data comes from:"
        yield Items(levels)
    if not board.tasks:
        yield "No cell has been run."


# ------------------------------------------------------------------------------------------------- section


def _section(task: BoardTask, name: str) -> Iterator[str]:
    if task.provenance == "synthetic":
        yield f"## SYNTHETIC, not results: {blocks.inline(name)}"
        yield (
            "> **These rows were computed on data that emobench made up.** They show that the machinery works. They are no "
            "results, and compare with nothing published."
        )
    else:
        yield f"## {blocks.inline(name)}"
    yield from map(blocks.block, _blocks(task))
    for row in task.rows:
        if row.headline:
            who = f"{row.rank or NONE}. {row.cell.experiment}, seed {row.cell.identity.seed}"
            summary = f"{who}: every metric, every class, confusion matrix"
            yield _folded(summary, rows.blocks(task, row, row.headline))
    yield _folded("Machine, time and memory", [rows.machines(task)])


def _blocks(task: BoardTask) -> Iterator[Block]:
    yield tasks.about(task)
    yield Heading(("Ranking on ", emphasis(task.headline)))
    yield (
        f"Best {metric_title(task.ranked_by)} first, ties by {metric_title(task.leading[1])}; in this order, samples that a "
        "row leaves out count as wrong. ",
        emphasis("Weighted"),
        " columns are averages over the classes weighted by support, as in the papers' tables, so that weighted recall "
        "equals accuracy.",
    )
    yield from uncertainty.above(task)
    yield from tasks.clean_subsets(task)
    yield tasks.ranking(task)
    yield from uncertainty.below(task)
    if len(task.scored_parts) > 1:
        yield Heading("Every test part")
        yield tasks.test_parts(task)
    if any(row.published for row in task.rows):
        yield Heading("Published beside measured")
        yield tasks.published(task, task.rows)
    yield from pairs.of_task(task)
    yield Heading("What was run")
    yield tasks.what_was_run(task)
    yield from origins.of_task(task)
    yield from audits.of_task(task)
    if any(row.record.dropped for row in task.rows):
        yield Heading("Samples left out")
        yield tasks.left_out(task.rows)
    yield from tasks.notes(task)


def _folded(summary: str, content: Iterable[Block]) -> str:
    # GitHub renders Markdown inside HTML only after an empty line.
    return f"<details>\n<summary>{blocks.inline(summary)}</summary>\n\n{blocks.blocks(content)}\n\n</details>"
