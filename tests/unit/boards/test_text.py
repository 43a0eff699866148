"""Numbers in words."""

from __future__ import annotations

import pytest

from emobench.boards.text import duration, whole_percent


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.96, "1 min 00 s"), (200, "3 min 20 s"), (3720, "1 h 02 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("share", "said"), [(0.0, "0%"), (0.0013, "under 1%"), (0.006, "1%"), (0.14, "14%")])
def test_small_share_that_is_there_is_not_said_to_be_nothing(share: float, said: str) -> None:
    assert whole_percent(share) == said
