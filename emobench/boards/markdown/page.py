"""The page with every row in full: the overview, then a section a task with the ranking, published numbers and audits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emobench.boards.board import Board, BoardTask
from emobench.boards.markdown import blocks, summary
from emobench.boards.overview import overview
from emobench.boards.sections import audits, matrix, origins, pairs, rows, tasks, uncertainty
from emobench.boards.tables import Block, Heading
from emobench.boards.text import NONE, Text, code, emphasis
from emobench.boards.units import is_share
from emobench.records import is_external, metric_title


def render_markdown(
    board: Board, *, title: str, files: Mapping[str, str] | None = None, built_in: frozenset[str] = frozenset()
) -> str:
    """Return the board with every row in full as one GitHub page.

    Args:
        board: from :func:`emobench.boards.build_board`.
        title: of the page.
        files: what stands beside the page: a few words to the name of a file.
        built_in: the suites that come with emobench, which every reader can run.
    """
    shown = overview(board)
    parts = [
        *summary.opening(shown, title, files or {}),
        blocks.blocks(matrix.of_board(board)),
        blocks.blocks(_terms(board)),
    ]
    lines = {line.task: line for line in shown.lines}
    for task in board.tasks:
        parts += _section(task, summary.heading(lines[task.id]))
    parts.append(blocks.blocks(pairs.of_board(board)))
    if board.missing:
        parts.append(blocks.blocks([Heading("Not run", 2), tasks.missing(board.missing)]))
    parts += summary.about(board, built_in)
    return "\n\n".join(filter(None, parts)) + "\n"


def _terms(board: Board) -> Iterator[Block]:
    if any(is_external(record.cell.identity) for record in board.records):
        yield (
            "Some rows are of predictions that were made elsewhere and handed in (",
            code("emobench score"),
            "): their scores can be computed again, the predictions cannot, and how the model was trained and chosen is not "
            "known.",
        )
    yield (
        "UAR and macro averages are over the classes that have samples in the part. A class of a few odd samples is left "
        "out, and the row names it. A class without samples has no recall; predicting it lowers that of the true class. "
        "n is the number of samples scored, without those that could not be read."
    )


# ------------------------------------------------------------------------------------------------- section


def _section(task: BoardTask, heading: str) -> Iterator[str]:
    yield heading
    yield from map(blocks.block, _blocks(task))
    for row in task.rows:
        if row.headline:
            who = f"{row.rank or NONE}. {row.cell.experiment}, seed {row.cell.identity.seed}"
            more = "every dimension" if task.kind == "values" else "every class, confusion matrix"
            said = f"{who}: every metric, {more}"
            yield _folded(said, rows.blocks(task, row, row.headline))
    yield _folded("Machine, time and memory", [rows.machines(task)])


def _blocks(task: BoardTask) -> Iterator[Block]:
    yield tasks.about(task)
    yield Heading(("Ranking on ", emphasis(task.headline)))
    yield (
        f"Best {metric_title(task.ranked_by)} first, ties by {metric_title(task.leading[1])}; in this order, samples that a "
        f"row leaves out count {'as wrong' if is_share(task.ranked_by) else 'against it'}. ",
        *_weighted(task),
    )
    if human := tasks.human_in_words(task.human):
        yield f"A rater against the others: {human}. The truth is then the class that most of the other raters chose."
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


def _weighted(task: BoardTask) -> tuple[Text, ...]:
    if task.kind == "values":
        return ("Scores are means over the dimensions; each of these stands with the row.",)
    return (
        emphasis("Weighted"),
        " columns are averages over the classes weighted by support, as in the papers' tables, so that weighted recall "
        "equals accuracy.",
    )


def _folded(said: str, content: Iterable[Block]) -> str:
    return summary.folded(said, blocks.blocks(content))
