"""What a board shows, described once: headings, paragraphs, lists, and tables of typed values.

Four renderers write it: :mod:`emobench.boards.markdown.blocks`, :mod:`emobench.boards.html.blocks`,
:mod:`emobench.boards.latex.blocks` for tables alone and, for the terminal, :mod:`emobench.cli._tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from emobench.boards.text import NONE, Text, number
from emobench.scoring import Difference, Interval

SCORE, POINTS, CHANGE, COUNT = ".4f", "+.1f", "+.3f", ","
"""How the numbers of a column are written, as Python's format does it."""


@dataclass(frozen=True)
class WithInterval:
    """A number and its interval; either may be unknown."""

    value: float | None
    interval: Interval | None = None


Value: TypeAlias = "Text | int | float | WithInterval | Interval | None"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: its heading.
        form: format of its numbers, ``"d"`` for one without commas; empty for a column of texts, which stand to the left.
    """

    title: str
    form: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: what it shows, in a few words.
        columns: at least one.
        rows: a value for each column.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]

    def texts(self) -> list[list[Text]]:
        """Return the rows with every value as the text that people read."""
        return [
            [written(value, column.form) for value, column in zip(row, self.columns, strict=True)] for row in self.rows
        ]


@dataclass(frozen=True)
class Heading:
    """A heading; pages that take a section in may give it another level."""

    text: Text
    level: int = 3


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Text]


Block: TypeAlias = "Heading | Items | Table | Text"
"""A text is a paragraph."""


def written(value: Value, form: str) -> Text:
    """Return a value as the text that people read; texts stay as they are."""
    if value is None:
        return NONE
    if isinstance(value, int | float):
        return number(format(value, form))
    if isinstance(value, Interval):
        return number(_ends(value, form)) if value.known else "unknown"
    if isinstance(value, WithInterval):
        if value.value is None:
            return NONE
        interval = value.interval
        ends = "" if interval is None else f" {_ends(interval, form) if interval.known else '[unknown]'}"
        return number(f"{value.value:{form}}{ends}")
    return value


def in_points(difference: Difference | None, times: int = 100) -> WithInterval:
    """Return a difference of shares in hundredths; ``times`` 1: one of scores that are no shares, as it is."""
    if difference is None:
        return WithInterval(None)
    interval, ends = difference.interval, difference.interval.ends
    hundredths = replace(interval, low=times * ends[0], high=times * ends[1]) if ends else interval
    return WithInterval(times * difference.value, hundredths)


def _ends(interval: Interval, form: str) -> str:
    # A no-break space: a narrow column would have one end below the other.
    return f"[{interval.low:{form}},\u00a0{interval.high:{form}}]"
