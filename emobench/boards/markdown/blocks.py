"""Blocks of a board as GitHub Markdown; texts of others lose what would mean something to Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable

from emobench.boards.tables import Block, Heading, Items, Table
from emobench.boards.text import Span, Text, spans

# A less-than sign before a space begins no HTML.
_SPECIAL = re.compile(r"[\\`*\[|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&|<(?! )|>")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKS = {"code": "`", "strong": "**", "emphasis": "*", "leading": "**"}


def inline(text: Text) -> str:
    """Return a text on one line."""
    return "".join(map(_span, spans(text))).strip()


def blocks(content: Iterable[Block]) -> str:
    """Return blocks with an empty line between them."""
    return "\n\n".join(map(block, content))


def block(content: Block) -> str:
    """Return a heading, a paragraph, a list or a pipe table."""
    if isinstance(content, Heading):
        return f"{'#' * content.level} {inline(content.text)}"
    if isinstance(content, Items):
        return "\n".join(f"- {inline(item)}" for item in content.items)
    if isinstance(content, Table):
        return _table(content)
    return inline(content)


def _span(span: Span) -> str:
    if span.style == "break":
        return "<br>"
    if span.style == "link":
        return f"[{_span(Span(span.text, 'plain'))}]({span.href})"
    if span.style in ("number", "leading", "code"):  # what stands in code is as it is, but for what would end it
        mark = _MARKS.get(span.style, "")
        return f"{mark}{span.text.replace('`', '') if mark else span.text}{mark}"
    line = re.sub(r"\s+", " ", "".join(char if char.isprintable() else " " for char in span.text))
    mark = _MARKS.get(span.style, "")
    return mark + _SPECIAL.sub(lambda found: _ENTITIES.get(found.group(), "\\" + found.group()), line) + mark


def _table(table: Table) -> str:
    from tabulate import tabulate

    return tabulate(
        [list(map(inline, row)) for row in table.texts()],
        headers=[inline(column.title) for column in table.columns],
        tablefmt="pipe",
        colalign=["right" if column.form else "left" for column in table.columns],
        # Entries are written as they come: 0.6400 must not become 0.64, nor an id 12e4567 a number.
        disable_numparse=True,
    )
