"""What the section of a task is called: its dataset and split, and as much more as tells it from the others of the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from emobench.boards.board import Board, BoardTask
from emobench.boards.sections.tasks import told_in_short
from emobench.boards.text import count, parameter
from emobench.errors import EmobenchError, nearest
from emobench.records import metric_title


def headings(board: Board) -> dict[str, str]:
    """Return the heading of each task of a board, by the task's id; no two are the same."""
    apart = telling_apart(board)
    names = {}
    for task in board.tasks:
        name = f"{task.dataset}, {task.protocol.name} split"
        names[task.id] = _listed([name, apart[task.id], task.provenance, "leaky" if task.leaky else ""])
    return names


def with_tasks(board: Board, patterns: Sequence[str]) -> Board:
    """Return a board with only the tasks whose dataset, heading or id matches one of the glob patterns; all for none.

    Raises:
        EmobenchError: a pattern matches nothing.
    """
    names = headings(board)
    called = {task.id: (task.dataset, names[task.id], task.id) for task in board.tasks}
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for known in called.values() for name in known):
            remedy = nearest(pattern, [name for known in called.values() for name in known])
            raise EmobenchError(f"no task matches {pattern!r}", where="--task", remedy=remedy)
    tasks = [
        task
        for task in board.tasks
        if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns for name in called[task.id])
    ]
    cells, ids = {row.cell.id for task in tasks for row in task.rows}, {task.id for task in tasks}
    return replace(
        board,
        tasks=tuple(tasks),
        premiums=tuple(pair for pair in board.premiums if {pair.record.cell.id, pair.other.cell.id} & cells),
        matrices=tuple(each for each in board.matrices if {corpus.task for corpus in each.corpora} <= ids),
    )


def telling_apart(board: Board, *, with_classes: bool = True) -> dict[str, str]:
    """Return what tells each task from those of the same dataset, rule and provenance, by its id; empty without others.

    Args:
        board: with tasks.
        with_classes: whether their number may tell tasks apart; not where it stands beside the text anyway.
    """
    alike: dict[tuple[object, ...], list[BoardTask]] = defaultdict(list)
    for task in board.tasks:
        classes = None if with_classes else told_in_short(task)
        alike[task.dataset, task.protocol.name, task.provenance, task.leaky, classes].append(task)
    apart: dict[str, str] = {}
    for tasks in alike.values():
        parameters = list(dict.fromkeys(name for task in tasks for name in task.protocol.parameters))
        told = [""] * len(tasks)
        for name in parameters:
            told = _with(told, [parameter(name, task.protocol.parameters.get(name)) for task in tasks])
        for every in zip(*map(_details, tasks), strict=True):
            if len(set(told)) < len(tasks):
                told = _with(told, every)
        apart |= {task.id: name for name, task in zip(told, tasks, strict=True)}
    return apart


def _with(told: list[str], every: Sequence[str]) -> list[str]:
    """Return each text with another one added to it, unless all that would be added are equal."""
    return [_listed([name, one]) for name, one in zip(told, every, strict=True)] if len(set(every)) > 1 else told


def _details(task: BoardTask) -> Iterator[str]:
    """Yield what tells a task from others of the same split, the plainest first; the last always does."""
    yield told_in_short(task)
    yield f"{'target' if task.target else 'labels'} {task.labels}"
    counts = (known.attempted for row in task.rows if (known := row.count(task.headline)))
    number = next(counts, None)
    yield f"ranked on {task.headline}" if number is None else f"{task.headline}: {count(number)} samples"
    yield f"by {metric_title(task.ranked_by, task.metrics)}"
    yield f"fingerprint {task.fingerprint[:8]}"
    yield f"task {task.id}"


def _listed(texts: list[str]) -> str:
    return ", ".join(filter(None, texts))
