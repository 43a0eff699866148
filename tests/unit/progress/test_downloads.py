"""How far downloads are."""

from __future__ import annotations

import io

from emobench.progress.downloads import Arrivals


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_counts_bytes_and_files() -> None:
    stream = _Terminal()
    arrivals = Arrivals("dots", {"a": None, "b": 1_000_000}, stream)
    arrivals.at("a", 500_000, earlier=True)
    arrivals.expect("a", 3_000_000)
    arrivals.at("a", 3_000_000)
    arrivals.whole("a")
    arrivals.at("b", 600_000)
    arrivals.at("b", 0)  # the server starts from the beginning
    arrivals.at("b", 1_000_000)
    arrivals.whole("b")
    arrivals.close()
    last = stream.getvalue().rpartition("dots")[2]
    assert "100%" in last
    assert "4.0 MB of 4.0 MB, 2 of 2 files" in last


def test_progress_in_a_log_is_in_lines() -> None:
    stream = io.StringIO()
    arrivals = Arrivals("dots", {"a": 1_000_000}, stream)
    for have in range(0, 1_000_001, 1_000):
        arrivals.at("a", have)
    arrivals.whole("a")
    arrivals.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2  # the beginning and the end: it took less than a minute
    assert "\r" not in stream.getvalue()
    assert "1.0 MB of 1.0 MB" in lines[-1]
