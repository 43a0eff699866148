"""What the Markdown board says, as HTML: both formats say it in the same words, which are written once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def inline(markdown: str) -> str:
    """Return a line of Markdown as safe HTML; HTML in it stays text, and links become text, for the page has no network."""
    return str(_parser().renderInline(markdown))


def blocks(markdown: Iterable[str], *, headings: int, caption: str = "") -> str:
    """Return Markdown blocks as safe HTML.

    Args:
        markdown: headings, paragraphs, lists and tables.
        headings: level of the headings, whatever it is in the Markdown.
        caption: of the tables, where no heading is above them.
    """
    return str(_parser().render("\n\n".join(markdown), {"level": headings, "caption": caption}))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])
    parser.add_render_rule("heading_open", _heading)
    parser.add_render_rule("heading_close", _heading)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _column)
    return parser


def _heading(renderer: Any, tokens: Any, place: int, options: Any, env: dict[str, Any]) -> str:
    token = tokens[place]
    if token.type == "heading_open":
        env["caption"] = tokens[place + 1].content
    return f"<{'' if token.type == 'heading_open' else '/'}h{env['level']}>"


def _table_open(renderer: Any, tokens: Any, place: int, options: Any, env: dict[str, Any]) -> str:
    from html import escape

    caption = escape(str(env["caption"] or "table"))
    # Focusable, so that a wide table can be scrolled with the keyboard.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>\n'
    )


def _column(renderer: Any, tokens: Any, place: int, options: Any, env: dict[str, Any]) -> str:
    number = " class=num" if "right" in str(tokens[place].attrGet("style")) else ""
    return f'<th scope="col"{number}>'
