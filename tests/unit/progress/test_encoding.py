"""How far the encoding of a dataset is."""

from __future__ import annotations

import io
import re

import pytest

from emobench.progress.display import Display
from emobench.progress.encoding import Encoding


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is."""
    time = [0.0]
    monkeypatch.setattr(Display, "now", staticmethod(lambda: time[0]))
    return time


def last_line(clock: list[float], total: int, *advances: int) -> str:
    """Return what stays of an encoding that took ten seconds."""
    stream = io.StringIO()
    progress = Encoding("dots by plain", total, stream)
    for samples in advances:
        progress.advance(samples)
    clock[0] += 10
    progress.close()
    return re.sub(r"^[\d:]+ ", "", stream.getvalue().splitlines()[-1])


def test_samples_and_their_rate_stay(clock: list[float]) -> None:
    assert last_line(clock, 4000, 0, 1000, 3000) == "dots by plain: 4,000 samples, 400 samples a second"


def test_what_an_earlier_run_did_does_not_make_this_one_faster(clock: list[float]) -> None:
    assert last_line(clock, 4000, 3000, 1000) == "dots by plain: 4,000 samples, 100 samples a second"


def test_an_encoding_that_ends_early_says_how_far_it_came(clock: list[float]) -> None:
    assert last_line(clock, 4000, 0, 500) == "dots by plain: 500 of 4,000 samples, 50.0 samples a second"


def test_an_encoding_that_never_began_has_no_rate(clock: list[float]) -> None:
    assert last_line(clock, 4000) == "dots by plain: 0 of 4,000 samples"
