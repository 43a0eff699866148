"""Where rows come from: the packages of their components, and the suites that asked for them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from emobench.boards.board import Board, BoardTask
from emobench.boards.tables import Block, Items
from emobench.records import FROM_PYTHON, Record, Source, is_external

SUITES = "suites"


def of_task(task: BoardTask) -> Iterator[Block]:
    """Yield what of the rows of a task did not come with emobench, each component once; nothing where all did."""
    rows: dict[str, dict[str, None]] = {}
    for row in task.rows:
        for what, source in row.record.sources.items():
            if not what.startswith(f"{SUITES}/"):
                rows.setdefault(_component(what, source), {})[row.cell.experiment] = None
    if rows:
        yield "What did not come with emobench:"
        yield Items([f"{said}; in {', '.join(experiments)}" for said, experiments in rows.items()])


def of_record(record: Record) -> str:
    """Return what of a cell did not come with emobench, in a line; empty where all did."""
    return "; ".join(_component(what, source) for what, source in record.sources.items())


def _component(what: str, source: Source) -> str:
    kind, _, name = what.partition("/")
    title = f" ({source.title})" if source.title and source.title != name else ""
    url = f" ({source.url})" if source.url else ""
    citation = f", {source.citation}" if source.citation else ""
    return f"{kind.removesuffix('s').replace('_', ' ')}: {name}{title} of {source.distribution}{url}{citation}"


# ------------------------------------------------------------------------------------------------------ suites


def commands(board: Board, built_in: frozenset[str]) -> list[str]:
    """Return the commands that make a board's rows again, of the suites that come with emobench: everybody has these."""
    return [
        f"emobench run --suite {suite}{_encoders(board, suite)} --data DATASETS --out RUNS"
        for suite in _suites(board)
        if suite in built_in
    ]


def _encoders(board: Board, suite: str) -> str:
    """Return the options of a suite of patterns: each encoder that its rows have."""
    patterns = (record.cell.pattern for record in board.records if record.cell.suite == suite)
    encoders = sorted({pattern.encoder for pattern in patterns if pattern})
    return "".join(f" --encoder {shlex.quote(encoder)}" for encoder in encoders)


def other_suites(board: Board, built_in: frozenset[str]) -> Iterator[str]:
    """Yield in a line, for each other suite of a board's rows, where it is to be had."""
    for suite in _suites(board):
        if suite in built_in:
            continue
        found = (record.sources.get(f"{SUITES}/{suite}") for record in board.records if record.cell.suite == suite)
        packages = " or ".join(sorted({source.distribution for source in found if source}))
        if suite == FROM_PYTHON:
            yield f"Rows of the suite {suite} were made by emobench.evaluate; their authors have the code."
        elif packages:
            yield f"Rows of the suite {suite} come from the package {packages}; install it first."
        else:
            yield f"Rows of the suite {suite} come from a file or from bundles; their authors have the suite."


def _suites(board: Board) -> list[str]:
    return sorted({record.cell.suite for record in board.records if not is_external(record.cell.identity)})
