"""Progress: a live display on a terminal, few lines in a log file."""

from __future__ import annotations

import io
import re
from typing import TextIO

import pytest

from emobench.contracts.model import Epoch
from emobench.progress import display
from emobench.progress.cells import Progress
from emobench.records.cell import Cell
from emobench.records.class_order import ClassOrder
from emobench.records.events import Advanced, CellEnded, CellStarted, EpochEnded, PhaseStarted
from tests.support.factories import cell, failed, record
from tests.support.terminal import Terminal


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
    monkeypatch.setattr(display, "time", made)
    return made


def width(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))


CELL = cell("a.table1.resnet18-regularised")
OTHER = cell("a.table2.mlp")


def epoch(number: int = 1, of: int = 4, **validation: float) -> Epoch:
    return Epoch(number, of, 1.25, 0.5, validation, 12.3)


def showing(stream: TextIO, *cells: Cell) -> Progress:
    return Progress({one.id: one for one in cells or (CELL,)}, stream=stream)


def begin(shown: Progress, total: int, one: Cell = CELL, phase: str = "fit") -> None:
    shown.show(CellStarted(cell=one.id))
    shown.show(PhaseStarted(cell=one.id, name=phase, total=total))


def step(shown: Progress, samples: int, one: Cell = CELL) -> None:
    shown.show(Advanced(cell=one.id, samples=samples))


def train(shown: Progress, clock: Clock, *, seconds: float = 0.2, steps: int = 100, total: int = 400) -> None:
    begin(shown, total)
    for _ in range(steps):
        clock.now += seconds
        step(shown, 4)


def last_frame(shown: Progress, stream: Terminal) -> list[str]:
    """Return what stands on the terminal before it is erased, without colours."""
    before = len(stream.getvalue())
    shown._bars.refresh()
    frame = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()[before:])
    shown.close()
    return [line.rstrip() for line in frame.replace("\r", "").splitlines()]


# ------------------------------------------------------------------------------------------------ a terminal


@pytest.mark.parametrize("columns", [200, 80, 40, 20, 8, 3])
def test_display_is_never_wider_than_the_terminal(columns: int, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, columns)
    stream = Terminal()
    shown = showing(stream)
    train(shown, clock)
    frame = last_frame(shown, stream)
    assert len(frame) == 2
    assert all(len(line) <= columns for line in frame)


def test_terminal_shows_cell_share_rate_and_time_left(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 80)
    stream = Terminal()
    shown = showing(stream, CELL, OTHER)
    train(shown, clock, steps=50)
    everything, line = last_frame(shown, stream)
    assert everything.startswith("0 of 2 cells done ")
    assert line.startswith("a.table1.resnet18-regularised fit ")
    assert line.endswith(" 50%, 0:00:10 left, 20.0 samples/s")


def test_terminal_shows_the_time_left_of_all_cells(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 80)
    stream = Terminal()
    shown = Progress({one.id: one for one in (CELL, OTHER)}, {CELL.id: 20.0, OTHER.id: 40.0}, stream=stream)
    train(shown, clock, steps=50)
    assert last_frame(shown, stream)[0].endswith(" 0%, about 0:00:50 left")


def test_steps_do_not_write_to_the_terminal(clock: Clock) -> None:
    stream = Terminal()
    shown = showing(stream)
    shown._bars.live.auto_refresh = False
    shown._bars.live._refresh_thread.stop()  # type: ignore[union-attr]
    begin(shown, 4000)
    before = len(stream.getvalue())
    for _ in range(1000):
        step(shown, 4)
    assert len(stream.getvalue()) == before
    shown.close()


def test_rate_after_a_resumption_is_that_of_this_run(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    shown = showing(stream)
    begin(shown, 4000)
    shown.show(EpochEnded(cell=CELL.id, epoch=epoch(1)))
    shown.show(EpochEnded(cell=CELL.id, epoch=epoch(2)))  # both from the checkpoint
    for _ in range(10):
        clock.now += 1
        step(shown, 10)
    assert last_frame(shown, stream)[-1].endswith(" 52%, 0:03:10 left, 10.0 samples/s")


def test_epoch_of_this_run_does_not_move_the_counter(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    shown = showing(stream)
    train(shown, clock, steps=25)
    shown.show(EpochEnded(cell=CELL.id, epoch=epoch(1)))
    clock.now += 1
    step(shown, 4)
    assert " 26%, 0:00:17 left, 17.3 samples/s" in last_frame(shown, stream)[-1]


def test_failures_are_counted_and_red(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    shown = showing(stream, CELL, OTHER)
    shown.show(CellEnded(record=record(CELL)))
    shown.show(CellEnded(record=failed(OTHER, "out of\nmemory")))
    assert "\x1b[31m[2/2] a.table2.mlp (seed 42): FAILED: out of memory\x1b[0m" in stream.getvalue()
    (line,) = last_frame(shown, stream)
    assert line.startswith("1 of 2 cells done ")
    assert line.endswith("100%, 1 failed")


def test_no_colours_where_they_are_not_wanted(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    shown = showing(stream, OTHER)
    shown.show(CellEnded(record=failed(OTHER)))
    shown.close()
    assert "\x1b[31m" not in stream.getvalue()


def test_names_and_messages_are_not_taken_for_markup(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    odd = cell("a[bold]b")
    shown = showing(stream, odd)
    begin(shown, 0, odd)
    assert last_frame(shown, stream)[-1].startswith("a[bold]b fit")


def test_cells_that_run_at_a_time_have_a_line_each(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 80)
    stream = Terminal()
    shown = showing(stream, CELL, OTHER)
    for one in (CELL, OTHER):
        begin(shown, 400, one)
    for _ in range(10):
        clock.now += 1
        step(shown, 10)
        clock.now += 1
        step(shown, 20, OTHER)
    shown.show(PhaseStarted(cell=CELL.id, name="predict"))
    _, first, second = last_frame(shown, stream)
    assert first.startswith("a.table1.resnet18-regularised predict ")
    assert second.startswith("a.table2.mlp fit ")
    assert "50%, 0:00:20 left" in second


@pytest.mark.parametrize("name", ["dumb", "unknown"])
def test_terminal_that_cannot_move_the_cursor_gets_lines(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", name)
    stream = Terminal()
    shown = showing(stream)
    begin(shown, 400)
    shown.show(CellEnded(record=record(CELL)))
    shown.close()
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_display_is_erased_at_the_end(clock: Clock) -> None:
    stream = Terminal()
    shown = showing(stream)
    train(shown, clock)
    shown.close()
    assert stream.getvalue().endswith("\x1b[2K")


# ------------------------------------------------------------------------------------------------ a log file


def test_log_file_gets_at_most_a_line_a_minute(clock: Clock) -> None:
    stream = io.StringIO()
    train(showing(stream), clock, seconds=1.0, steps=301, total=4 * 301)
    lines = stream.getvalue().splitlines()
    assert 4 <= len(lines) <= 5
    pattern = r"12:34:56 a\.table1\.resnet18-regularised fit: \d+%, 0:0\d:\d\d left, 4\.0 samples/s"
    assert all(re.fullmatch(pattern, line) for line in lines)
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_training_that_failed_is_said_with_what_to_do(clock: Clock) -> None:
    stream = io.StringIO()
    shown = showing(stream)
    begin(shown, 100)
    lost = Epoch(1, 1, 4e14, 0.3, {}, 1.0)
    shown.show(CellEnded(record=record(CELL, history=(lost,))))
    assert stream.getvalue().splitlines()[-1] == (
        "12:34:56 a.table1.resnet18-regularised: warning: training diverged: the loss of the last epoch is 4e+14, that of "
        "guessing 1.099; no epoch was clearly better than chance: training accuracy at most 0.300, where always saying happy "
        "would have 0.350 of the tested part. Next: lower the learning rate; train longer, try another learning rate, or a "
        "model with normalisation or pretrained weights"
    )


def test_another_order_of_classes_is_said(clock: Clock) -> None:
    stream = io.StringIO()
    order = ClassOrder(part="train", samples=90, accuracy=0.12, permuted=0.61, cycles=(("happy", "sad"),))
    shown = showing(stream)
    begin(shown, 100)
    shown.show(CellEnded(record=record(CELL, class_order=order)))
    assert stream.getvalue().splitlines()[-1] == (
        "12:34:56 a.table1.resnet18-regularised: warning: class order differs: accuracy .12, after the permutation "
        "happy-sad .61"
    )


def test_log_file_gets_every_epoch_and_outcome(clock: Clock) -> None:
    stream = io.StringIO()
    shown = showing(stream, CELL, OTHER)
    train(shown, clock)
    shown.show(EpochEnded(cell=CELL.id, epoch=epoch(1, loss=1.5, accuracy=0.25)))
    shown.show(CellEnded(record=record(CELL)))
    shown.show(CellEnded(record=failed(OTHER, "out of\nmemory")))
    shown.close()
    accuracy = record(CELL).scores["test"].metrics["accuracy"]
    assert stream.getvalue().splitlines() == [
        "12:34:56 a.table1.resnet18-regularised epoch 1/4: loss 1.2500, training accuracy 0.5000, "
        "validation loss 1.5000, validation accuracy 0.2500, 12.3 s",
        f"12:34:56 [1/2] a.table1.resnet18-regularised (seed 42): accuracy {accuracy:.4f} on 60 test samples; "
        "about 0:00:20 left",
        "12:34:56 [2/2] a.table2.mlp (seed 42): FAILED: out of memory",
    ]


# ---------------------------------------------------------------------------------------------- whatever comes


@pytest.mark.parametrize("make", [Terminal, io.StringIO], ids=["terminal", "log"])
def test_phase_of_unknown_length_is_shown(make: type[io.StringIO], clock: Clock) -> None:
    stream = make()
    shown = showing(stream)
    shown.show(CellStarted(cell=CELL.id))
    step(shown, 1)
    shown.show(PhaseStarted(cell=CELL.id, name="predict"))
    clock.now += 100
    step(shown, 5)
    shown.show(EpochEnded(cell=CELL.id, epoch=epoch(4)))
    shown.close()
    assert "a.table1.resnet18-regularised predict" in stream.getvalue()


@pytest.mark.parametrize("make", [Terminal, io.StringIO], ids=["terminal", "log"])
def test_more_steps_than_announced_do_no_harm(make: type[io.StringIO], clock: Clock) -> None:
    shown = showing(make())
    train(shown, clock, seconds=100, total=10)
    shown.close()


def test_cell_that_starts_again_has_one_line(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    width(monkeypatch, 120)
    stream = Terminal()
    shown = showing(stream)
    train(shown, clock)
    begin(shown, 400)  # the process that computed it died
    assert len(last_frame(shown, stream)) == 2


def test_cell_without_scores_of_its_headline_has_merely_finished(clock: Clock) -> None:
    stream = io.StringIO()
    showing(stream).show(CellEnded(record=record(CELL, scores={})))
    assert stream.getvalue().endswith("(seed 42): finished\n")
