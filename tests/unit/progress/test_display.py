"""The display that cells and downloads share."""

from __future__ import annotations

import io
import sys

import pytest

from emobench.progress.display import counting
from tests.support.terminal import Terminal


def test_counting_is_shown_on_a_terminal_alone_and_once_there_is_something(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shows in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with counting("audit of dots", 8) as advance:
            assert stream.getvalue() == ""
            advance(4)
        assert ("audit of dots" in stream.getvalue()) == shows
