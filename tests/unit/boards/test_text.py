"""Numbers in words."""

from __future__ import annotations

import pytest

from emobench.boards.text import duration


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.96, "1 min 00 s"), (200, "3 min 20 s"), (3720, "1 h 02 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
