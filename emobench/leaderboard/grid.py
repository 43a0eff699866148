"""Markdown tables through tabulate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: its heading, and whether it holds numbers, which stand to the right."""

    title: str
    number: bool = False


def grid(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """Return a pipe table as GitHub reads it; every entry is Markdown already, without a bare pipe."""
    from tabulate import tabulate

    return tabulate(
        [list(row) for row in rows],
        headers=[column.title for column in columns],
        tablefmt="pipe",
        colalign=["right" if column.number else "left" for column in columns],
        # Entries are written as they come: 0.6400 must not become 0.64, nor an id 12e4567 a number.
        disable_numparse=True,
    )
