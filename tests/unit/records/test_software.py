"""What a record says of the emobench that made it."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emobench.records import software
from tests import ROOT


def test_the_time_is_utc_to_the_second() -> None:
    told = datetime.fromisoformat(software.timestamp())
    assert told.utcoffset() == timedelta(0)
    assert told.microsecond == 0
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")

    def gone(*arguments: Any, **settings: Any) -> None:
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", gone)
    assert software.commit() is None
