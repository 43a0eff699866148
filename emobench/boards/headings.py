"""What the section of a task is called: its dataset and split, and as much more as tells it from the others of the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from emobench.boards.board import Board, BoardTask
from emobench.boards.text import count


def headings(board: Board) -> dict[str, str]:
    """Return the heading of each task of a board, by the task's id; no two are the same."""
    apart = telling_apart(board)
    names = {}
    for task in board.tasks:
        name = f"{task.dataset}, {task.protocol.name} split"
        names[task.id] = _listed([name, apart[task.id], task.provenance, "leaky" if task.leaky else ""])
    return names


def telling_apart(board: Board) -> dict[str, str]:
    """Return what tells each task from those of the same dataset, rule and provenance, by its id; empty without others."""
    alike: dict[tuple[object, ...], list[BoardTask]] = defaultdict(list)
    for task in board.tasks:
        alike[task.dataset, task.protocol.name, task.provenance, task.leaky].append(task)
    apart: dict[str, str] = {}
    for tasks in alike.values():
        parameters = list(dict.fromkeys(name for task in tasks for name in task.protocol.parameters))
        details = [list(_details(task, parameters)) for task in tasks]
        differing = [place for place, every in enumerate(zip(*details, strict=True)) if len(set(every)) > 1]
        told = [_listed([detail[place] for place in differing]) for detail in details]
        if len(set(told)) < len(tasks):
            told = [_listed([name, f"task {task.id}"]) for name, task in zip(told, tasks, strict=True)]
        apart |= {task.id: name for name, task in zip(told, tasks, strict=True)}
    return apart


def _details(task: BoardTask, parameters: list[str]) -> Iterator[str]:
    """Yield what may tell a task from others: always as many texts, of which some may be empty."""
    for name in parameters:
        value = task.protocol.parameters.get(name)
        yield f"{name.replace('_', ' ')} {value}" if value not in (None, "") else ""
    yield f"{len(task.classes)} classes"
    yield f"labels {task.labels}"
    counts = (known.attempted for row in task.rows if (known := row.count(task.headline)))
    number = next(counts, None)
    yield f"ranked on {task.headline}" if number is None else f"{task.headline}: {count(number)} samples"
    yield f"fingerprint {task.fingerprint[:8]}"


def _listed(texts: list[str]) -> str:
    return ", ".join(filter(None, texts))
