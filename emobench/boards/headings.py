"""What the section of a task is called: its dataset and split, and as much more as tells it from the others of the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from emobench.boards.model import Board, BoardTask
from emobench.boards.text import count


def headings(board: Board) -> dict[str, str]:
    """Return the heading of each task of a board, by the task's id; no two are the same."""
    apart = telling_apart(board)
    names = {}
    for task in board.tasks:
        leaky = "leaky" if task.leaky else ""
        name = f"{task.dataset}, {task.protocol.name} split"
        names[task.id] = ", ".join(filter(None, [name, apart[task.id], task.provenance, leaky]))
    return names


def telling_apart(board: Board) -> dict[str, str]:
    """Return what tells each task from those of the same dataset, rule and provenance, by its id; empty without others."""
    alike: dict[tuple[object, ...], list[BoardTask]] = defaultdict(list)
    for task in board.tasks:
        alike[task.dataset, task.protocol.name, task.provenance, task.leaky].append(task)
    apart: dict[str, str] = {}
    for tasks in alike.values():
        parameters = _differing_parameters(tasks)
        differing = [one for one in _DETAILS if len({one(task) for task in tasks}) > 1]
        told = {
            task.id: ", ".join(filter(None, [parameters[task.id], *(one(task) for one in differing)])) for task in tasks
        }
        clear = len(set(told.values())) == len(tasks)
        apart |= (
            told if clear else {task: ", ".join(filter(None, [name, f"task {task}"])) for task, name in told.items()}
        )
    return apart


def _differing_parameters(tasks: list[BoardTask]) -> dict[str, str]:
    every = dict.fromkeys(name for task in tasks for name in task.protocol.parameters)
    names = [name for name in every if len({str(task.protocol.parameters.get(name, "")) for task in tasks}) > 1]
    return {
        task.id: ", ".join(
            f"{name.replace('_', ' ')} {value}"
            for name in names
            if (value := task.protocol.parameters.get(name)) not in (None, "")
        )
        for task in tasks
    }


def _classes(task: BoardTask) -> str:
    return f"{len(task.classes)} classes"


def _labels(task: BoardTask) -> str:
    return f"labels {task.labels}"


def _samples(task: BoardTask) -> str:
    counts = (known.attempted for row in task.rows if (known := row.count(task.headline)))
    number = next(counts, None)
    return f"{task.headline}: {count(number)} samples" if number is not None else f"ranked on {task.headline}"


def _data(task: BoardTask) -> str:
    return f"fingerprint {task.fingerprint[:8]}"


_DETAILS: Iterable[Callable[[BoardTask], str]] = (_classes, _labels, _samples, _data)
