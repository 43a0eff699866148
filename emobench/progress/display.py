"""The live display that cells and downloads share."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

from rich import filesize
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

# A log file is read afterwards: a line a minute is enough to see that a run lives, and how fast.
_LOG_INTERVAL = 60.0
_REFRESHES = 4.0
"""A second; each costs a millisecond or two of the cores that train."""

Amount = Callable[[float], str]


def in_samples(number: float) -> str:
    """Return a number of samples in words."""
    return f"{number:,.1f} samples" if number < 100 else f"{number:,.0f} samples"


def in_bytes(number: float) -> str:
    """Return a number of bytes in a unit of fitting size."""
    return filesize.decimal(int(number))


def _figures(task: Task) -> Iterator[str]:
    """Yield share, time left and rate of a task as far as they are known, and its note."""
    amount: Amount | None = task.fields["amount"]
    if task.total:
        yield f"{task.percentage:.0f}%"
    rate = (task.completed - task.fields["earlier"]) / max(task.elapsed or 0.0, 1e-6)
    if amount and rate > 0:
        if task.total and not task.finished:
            yield f"{timedelta(seconds=round((task.total - task.completed) / rate))} left"
        yield f"{amount(rate)}/s"
    if task.fields["note"]:
        yield task.fields["note"]


class _FiguresColumn(ProgressColumn):
    """Shows the figures of a task."""

    def __init__(self) -> None:
        super().__init__(Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        """Return them."""
        return Text(", ".join(_figures(task)), task.fields["style"])


class Display:
    """Bars on a terminal; elsewhere lines."""

    def __init__(self, stream: TextIO | None, *, transient: bool) -> None:
        self._stream = stream or sys.stderr
        self.terminal = self._stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
        self.bars = Bars(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
            BarColumn(12),
            _FiguresColumn(),
            console=Console(file=self._stream),
            disable=not self.terminal,
            refresh_per_second=_REFRESHES,
            transient=transient,
            redirect_stdout=sys.stdout.isatty(),  # otherwise what is printed to a file would go to the terminal
            get_time=lambda: time.monotonic(),
        )
        self._last = time.monotonic()

    @staticmethod
    def now() -> float:
        """Return the time in seconds, from no fixed point."""
        return time.monotonic()

    def add(self, description: str, total: int | None = None, amount: Amount | None = None) -> TaskID:
        """Begin a bar; ``amount`` writes a number of what is counted, with its unit."""
        return self.bars.add_task(description, total=total, amount=amount, earlier=0, note="", style="")

    def line(self, text: str, style: str = "") -> None:
        """Print a line that stays."""
        if self.terminal:
            self.bars.console.print(Text(text, style))
        else:
            print(f"{time.strftime('%H:%M:%S')} {text}", file=self._stream, flush=True)
            self._last = time.monotonic()

    def log(self, *, now: bool = False) -> None:
        """Write into a log file how far every task is, unless that was done within the last minute."""
        if not self.terminal and (now or time.monotonic() - self._last >= _LOG_INTERVAL):
            for task in self.bars.tasks:
                if task.fields["amount"]:  # the others say how many cells ended, and each end has a line of its own
                    self.line(": ".join(filter(None, (task.description, ", ".join(_figures(task))))))

    def close(self) -> None:
        """Stop redrawing."""
        if self.terminal:
            self.bars.stop()


@contextmanager
def counting(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yield a function that shows so many samples more as done, on a terminal alone and while the block lasts."""
    display = Display(None, transient=True)
    task = display.add(title, total, in_samples)

    def advance(samples: int) -> None:
        display.bars.start()  # not before there is something to wait for
        display.bars.advance(task, samples)

    try:
        yield advance
    finally:
        display.close()
