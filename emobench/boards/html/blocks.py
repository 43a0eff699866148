"""Blocks of a board as HTML: made from their values, so that no text of others becomes markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from emobench.boards.tables import Block, Column, Heading, Items, Table
from emobench.boards.text import Span, Text, spans

_TAGS = {"code": "code", "strong": "strong", "emphasis": "em", "leading": "b", "raised": "sup"}


def inline(text: Text) -> str:
    """Return a text as safe HTML."""
    return "".join(map(_span, spans(text)))


def _span(span: Span) -> str:
    if span.style == "break":
        return "<br>"
    if span.style == "link":
        return f'<a href="{escape(span.href)}">{escape(span.text)}</a>'
    tag = _TAGS.get(span.style)
    return f"<{tag}>{escape(span.text)}</{tag}>" if tag else escape(span.text)


def blocks(content: Iterable[Block], *, level: int = 4) -> str:
    """Return blocks as safe HTML, with headings of a level, whatever theirs is."""
    said: set[Text] = set()
    return "".join(_block(block, level, said) for block in content)


def _block(content: Block, level: int, said: set[Text]) -> str:
    if isinstance(content, Heading):
        said.add(content.text)
        return f"<h{level}>{inline(content.text)}</h{level}>\n"
    if isinstance(content, Items):
        return f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in content.items)}</ul>\n"
    if isinstance(content, Table):
        return _table(content, shown=content.title not in said)
    return f"<p>{inline(content)}</p>\n"


def _table(table: Table, *, shown: bool) -> str:
    """Return a table; its title stays for those who listen to the page where a heading shows it."""
    title = escape(table.title)
    caption = f"<caption>{title}</caption>" if shown else f'<caption class="unseen">{title}</caption>'
    head = "".join(f'<th scope="col"{_number(column)}>{inline(column.title)}</th>' for column in table.columns)
    numbers = [_number(column) for column in table.columns]
    body = "".join(
        f"<tr>{''.join(f'<td{number}>{inline(text)}</td>' for number, text in zip(numbers, row, strict=True))}</tr>"
        for row in table.texts()
    )
    # Focusable, so that a wide table can be scrolled with the keyboard.
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{title}"><table>{caption}\n'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n"
    )


def _number(column: Column) -> str:
    return ' class="num"' if column.form else ""
