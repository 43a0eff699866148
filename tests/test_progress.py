"""Progress: one line on a terminal, few lines in a log file."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from emobench import progress
from emobench.contracts import Epoch
from emobench.executors import _EventFile
from emobench.progress import Progress
from tests.factories import cell, failed, record

CLEAR = "\r\x1b[2K"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def strftime(self, form: str) -> str:
        """Return a time of day."""
        return "12:34:56"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def width(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))


CELL = cell("a.table1.resnet18-regularised")
OTHER = cell("a.table2.mlp")


def epoch(number: int = 1, of: int = 4, **validation: float) -> Epoch:
    return Epoch(number, of, 1.25, 0.5, validation, 12.3)


def train(shown: Progress, clock: Clock, *, seconds: float = 0.2, steps: int = 100, total: int = 400) -> None:
    shown.started(CELL)
    shown.phase(CELL, "fit", total)
    for _ in range(steps):
        clock.now += seconds
        shown.step(CELL, 4)


# ------------------------------------------------------------------------------------------------ a terminal


@pytest.mark.parametrize("columns", [200, 80, 40, 20, 8, 3])
def test_terminal_shows_one_line_never_wider_than_it_is(
    columns: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    width(monkeypatch, columns)
    stream = Terminal()
    train(Progress(3, stream), clock)
    assert "\n" not in stream.getvalue()
    shown = stream.getvalue().split(CLEAR)
    assert shown[0] == ""
    assert len(shown) > 50
    assert all(len(line) < columns for line in shown)


def test_terminal_shows_cell_share_rate_and_time_left(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    train(Progress(3, stream), clock, steps=50)
    last = stream.getvalue().split(CLEAR)[-1]
    assert last.startswith("[1/3] a.table1.resnet18-regularised fit:  50%|")
    assert "200/400 [00:10<00:10, 20.0 samples/s]" in last


def test_terminal_is_not_written_to_at_every_step(clock: Clock) -> None:
    stream = Terminal()
    train(Progress(1, stream), clock, seconds=0.001, steps=1000)
    assert stream.getvalue().count(CLEAR) <= 11


def test_rate_after_a_resumption_is_that_of_this_run(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    shown = Progress(1, stream)
    shown.started(CELL)
    shown.phase(CELL, "fit", 4000)
    shown.epoch(CELL, epoch(1))
    shown.epoch(CELL, epoch(2))  # both from the checkpoint
    for _ in range(10):
        clock.now += 1
        shown.step(CELL, 10)
    assert "2.10k/4.00k [00:10<03:10, 10.0 samples/s]" in stream.getvalue().split(CLEAR)[-1]


def test_epoch_of_this_run_does_not_move_the_counter(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    shown = Progress(1, stream)
    train(shown, clock, steps=25)
    shown.epoch(CELL, epoch(1))
    clock.now += 1
    shown.step(CELL, 4)
    assert "104/400 [00:06<" in stream.getvalue().split(CLEAR)[-1]


def test_steps_of_another_process_arrive_before_the_epoch_that_they_belong_to(tmp_path: Path, clock: Clock) -> None:
    """Else the epoch would seem to have been trained by an earlier run, and the steps would be counted twice."""
    events = _EventFile(tmp_path / "events.jsonl")
    events.phase("fit", 40)
    for _ in range(10):
        events.step(4)
    events.epoch(epoch())
    events._file.close()
    told = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event[0] for event in told] == ["phase", *["step"] * (len(told) - 2), "epoch"]
    assert sum(event[1] for event in told if event[0] == "step") == 40


@pytest.mark.parametrize("columns", [200, 30])
def test_several_cells_share_the_line(columns: int, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, columns)
    stream = Terminal()
    shown = Progress(2, stream)
    for one in (CELL, OTHER):
        shown.started(one)
        shown.phase(one, "fit", 400)
    for _ in range(10):
        clock.now += 1
        shown.step(CELL, 10)
        clock.now += 1
        shown.step(OTHER, 20)
    last = stream.getvalue().split(CLEAR)[-1]
    assert last == "[1/2] a.table1.resnet18-regularised fit 25% | a.table2.mlp fit 50%"[: columns - 1]


def test_line_is_erased_at_the_end(clock: Clock) -> None:
    stream = Terminal()
    shown = Progress(1, stream)
    train(shown, clock)
    shown.close()
    assert stream.getvalue().endswith(CLEAR)


# ------------------------------------------------------------------------------------------------ a log file


def test_log_file_gets_at_most_a_line_a_minute(clock: Clock) -> None:
    stream = io.StringIO()
    train(Progress(1, stream), clock, seconds=1.0, steps=301, total=4 * 301)
    lines = stream.getvalue().splitlines()
    assert 4 <= len(lines) <= 5
    assert all(re.match(r"12:34:56 a\.table1\.resnet18-regularised fit: +\d+%", line) for line in lines)
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_log_file_gets_every_epoch_and_outcome(clock: Clock) -> None:
    stream = io.StringIO()
    shown = Progress(2, stream)
    train(shown, clock)
    shown.epoch(CELL, epoch(1, loss=1.5, accuracy=0.25))
    shown.ended(CELL, record(CELL))
    shown.ended(OTHER, failed(OTHER, "out of\nmemory"))
    shown.close()
    accuracy = record(CELL).scores["test"].metrics["accuracy"]
    assert stream.getvalue().splitlines() == [
        "12:34:56 a.table1.resnet18-regularised epoch 1/4: loss 1.2500, training accuracy 0.5000, "
        "validation loss 1.5000, validation accuracy 0.2500, 12.3 s",
        f"12:34:56 [1/2] a.table1.resnet18-regularised (seed 42): accuracy {accuracy:.4f} on 60 test samples",
        "12:34:56 [2/2] a.table2.mlp (seed 42): FAILED: out of memory",
    ]


# ---------------------------------------------------------------------------------------------- whatever comes


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "log"])
def test_phase_of_unknown_length_is_shown(stream: io.StringIO, clock: Clock) -> None:
    shown = Progress(1, stream)
    shown.started(CELL)
    shown.step(CELL, 1)
    shown.phase(CELL, "predict", 0)
    clock.now += 100
    shown.step(CELL, 5)
    shown.epoch(CELL, epoch(4))
    assert "a.table1.resnet18-regularised predict" in stream.getvalue()


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "log"])
def test_more_steps_than_announced_do_no_harm(stream: io.StringIO, clock: Clock) -> None:
    train(Progress(1, stream), clock, seconds=100, total=10)


def test_cell_without_scores_of_its_headline_has_merely_finished(clock: Clock) -> None:
    stream = io.StringIO()
    Progress(1, stream).ended(CELL, record(CELL, scores={}))
    assert stream.getvalue().endswith("(seed 42): finished\n")
