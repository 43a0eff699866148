"""Tables of text that fit a terminal: columns give way in an order that is stated with each table."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

_GAP = 2


@dataclass(frozen=True)
class GiveWay:
    """How a column gives way on a terminal that is too narrow.

    Attributes:
        column: its heading.
        how: ``drop`` leaves it out, ``cut`` shortens its texts in the middle (of a folded column, its words), ``fold``
            breaks them between words. Ids and numbers are only ever dropped.
        least: characters that it keeps when it is cut or folded; a folded column keeps its longest word too.
    """

    column: str
    how: Literal["drop", "cut", "fold"]
    least: int = 0


def drop(*columns: str) -> tuple[GiveWay, ...]:
    """Leave columns out, one after another."""
    return tuple(GiveWay(column, "drop") for column in columns)


def cut(column: str, least: int) -> tuple[GiveWay, ...]:
    """Shorten the texts of a column to no less than so many characters."""
    return (GiveWay(column, "cut", least),)


def fold(column: str, least: int) -> tuple[GiveWay, ...]:
    """Break the texts of a column between words, into lines of no less than so many characters."""
    return (GiveWay(column, "fold", least),)


@dataclass
class _Column:
    heading: str
    texts: Sequence[str]
    width: int
    fold: bool = False
    dropped: bool = False

    def lines(self, text: str) -> list[str]:
        if not self.fold:
            return [_shortened(text, self.width)]
        words = " ".join(_shortened(word, self.width) for word in text.split(" "))
        return textwrap.wrap(words, self.width, break_on_hyphens=False) or [""]

    def give_way(self, step: GiveWay, surplus: int) -> None:
        """Become narrower by the surplus, or as far as the step goes."""
        least = step.least
        if step.how == "fold":
            least = max(map(len, (*" ".join(self.texts).split(" "), "-" * least)))
        self.dropped, self.fold = step.how == "drop", self.fold or step.how == "fold"
        if not self.dropped:
            self.width = max(min(self.width, least), self.width - surplus)


def layout(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    order: Sequence[GiveWay] = (),
    right: Collection[str] = (),
) -> tuple[list[str], list[list[str]]]:
    """Return the lines of headings and rule, and those of each row, within ``room`` characters where ``order`` allows it.

    First long headings are broken between words, then the steps of ``order`` are taken until the table fits, a column being
    cut or folded no further than needed. Columns in ``right`` stand to the right.
    """
    columns = [
        _Column(heading, texts, max(map(len, (heading, *texts))))
        for heading, texts in zip(headings, zip(*rows, strict=True) if rows else [()] * len(headings), strict=True)
    ]
    if _surplus(columns, room) > 0:
        for column in columns:
            column.width = max(map(len, (*column.heading.split(), *column.texts)), default=0)
    for step in order:
        surplus = _surplus(columns, room)
        if surplus <= 0:
            break
        for column in columns:
            if column.heading == step.column:
                column.give_way(step, surplus)
    _use_room(columns, room, order)
    shown = [column for column in columns if not column.dropped]
    head = _lines([textwrap.wrap(column.heading, column.width) for column in shown], shown, right)
    rule = (" " * _GAP).join("-" * column.width for column in shown)
    body = [_lines([column.lines(column.texts[row]) for column in shown], shown, right) for row in range(len(rows))]
    return [*head, rule], body


def _use_room(columns: Sequence[_Column], room: int, order: Sequence[GiveWay]) -> None:
    """Let columns have back what the last steps took more than was needed, the latest step first."""
    for step in reversed(order):
        for column in columns:
            spare = -_surplus(columns, room)
            if column.heading != step.column or spare <= 0:
                continue
            if column.dropped and column.width + _GAP <= spare:
                column.dropped = False
            elif not column.dropped and step.how == "cut":
                column.width = min(column.width + spare, max(map(len, (*column.heading.split(), *column.texts))))


def _surplus(columns: Sequence[_Column], room: int) -> int:
    widths = [column.width for column in columns if not column.dropped]
    return sum(widths) + _GAP * (len(widths) - 1) - room


def _lines(cells: Sequence[Sequence[str]], columns: Sequence[_Column], right: Collection[str]) -> list[str]:
    def padded() -> Iterator[str]:
        for line in zip_longest(*cells, fillvalue=""):
            pieces = [
                text.rjust(column.width) if column.heading in right else text.ljust(column.width)
                for text, column in zip(line, columns, strict=True)
            ]
            yield (" " * _GAP).join(pieces).rstrip()

    return list(padded())


def _shortened(text: str, width: int) -> str:
    """Return a text with what is too long taken out of its middle: names differ at their ends."""
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"
