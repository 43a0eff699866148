"""A table of a board as LaTeX: with booktabs, and with every text of others escaped."""

from __future__ import annotations

import re
from collections.abc import Collection

from emobench.boards.tables import Table
from emobench.boards.text import Span, Text, spans

_COMMANDS = {"code": "texttt", "strong": "textbf", "emphasis": "emph", "raised": "textsuperscript"}
_MEANING = {
    **{char: f"\\{char}" for char in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"{\char34}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "×": r"\texttimes{}",
    "\u00a0": "~",
}
_SPECIAL = re.compile("[-'](?=[-'])|[" + re.escape("".join(_MEANING)) + "]")


def escape(text: str) -> str:
    """Return a text on one line that LaTeX shows as it is; letters beyond Latin need XeLaTeX or LuaLaTeX."""
    line = re.sub(
        r"[^\S\u00a0]+", " ", "".join(char if char.isprintable() or char == "\u00a0" else " " for char in text)
    )
    return _SPECIAL.sub(lambda found: _MEANING.get(found.group(), found.group() + "{}"), line)


def inline(text: Text) -> str:
    """Return a text on one line."""
    return "".join(map(_span, spans(text))).strip()


def tabular(table: Table, gaps: Collection[int] = ()) -> str:
    """Return a table with rules by booktabs.

    Args:
        table: one column at least.
        gaps: numbers of rows, from 0, with a little space before them.
    """
    places = "".join("r" if column.form else "l" for column in table.columns)
    lines = [rf"\begin{{tabular}}{{@{{}}{places}@{{}}}}", r"\toprule"]
    lines += [_row([column.title for column in table.columns]), r"\midrule"]
    for number, row in enumerate(table.texts()):
        lines += [r"\addlinespace"] * (number in gaps) + [_row(row)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _row(texts: list[str] | list[Text]) -> str:
    line = " & ".join(map(inline, texts))
    # After the end of a row these two would be its argument, and its star.
    return ("{}" if line.startswith(("[", "*")) else "") + line + r" \\"


def _span(span: Span) -> str:
    command = _COMMANDS.get(span.style)
    return rf"\{command}{{{escape(span.text)}}}" if command else escape(span.text)
