"""Texts of others as Markdown."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from emobench.boards.markdown.blocks import inline


@given(st.text())
def test_no_text_can_break_a_table(text: str) -> None:
    assert re.sub(r"\\.", "", inline(text)).find("|") == -1
    assert len(inline(text).splitlines()) <= 1
