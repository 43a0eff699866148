"""Reading LaTeX as far as the tests need it."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|%[^\n]*|[{}&#$_^]|[^\\%{}&#$_^]+", re.DOTALL)


def check(source: str) -> None:
    """Fail where groups or environments do not match, or where a character is left that text must not have."""
    groups, environments = 0, []
    tokens = _TOKEN.findall(source)
    assert "".join(tokens) == source
    for place, token in enumerate(tokens):
        groups += {"{": 1, "}": -1}.get(token, 0)
        assert groups >= 0
        assert token not in ("#", "$", "_", "^"), f"{token} in text"
        if token == r"\begin":
            environments.append(tokens[place + 2])
        elif token == r"\end":
            assert environments.pop() == tokens[place + 2]
        elif token == "&":
            assert environments[-1] == "tabular"
    assert groups == 0
    assert not environments


def rows(source: str) -> list[list[str]]:
    """Return the lines of the first ``tabular`` as cells, that of the heads first."""
    body = source.partition(r"\toprule")[2].partition(r"\bottomrule")[0]
    lines = [line.removesuffix(r" \\") for line in body.splitlines() if line.endswith(r"\\")]
    return [re.split(r"(?<!\\) & ", line) for line in lines]


def columns(source: str) -> int:
    """Return the number of columns that the first ``tabular`` announces."""
    found = re.search(r"\\begin\{tabular\}\{@\{\}([lr]+)@\{\}\}", source)
    assert found
    return len(found.group(1))
