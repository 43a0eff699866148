"""Progress on stderr: a live display on a terminal, a few plain lines in a log file.

The bars, rates and times are rich's, also where only their state is used: in a log file, which has no room for a bar.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

from rich import filesize
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from emobench.cells import Cell
from emobench.contracts import Epoch
from emobench.events import Advanced, CellEnded, CellStarted, EpochEnded, Event, PhaseStarted
from emobench.records import Record

# A log file is read afterwards: a line a minute is enough to see that a run lives, and how fast.
_LOG_INTERVAL = 60.0
_REFRESHES = 4.0
"""A second; each costs a millisecond or two of the cores that train."""

Amount = Callable[[float], str]


def _samples(number: float) -> str:
    return f"{number:,.1f} samples" if number < 100 else f"{number:,.0f} samples"


def _bytes(number: float) -> str:
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


class _Display:
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


class Progress:
    """Shows how the cells of a run get on, with rate and time left.

    Args:
        cells: the cells that will be computed, by their ids.
        stream: where to write; stderr by default.
    """

    def __init__(self, cells: Mapping[str, Cell], stream: TextIO | None = None) -> None:
        self._cells = cells
        self._running: dict[str, TaskID] = {}
        self._ended = self._failed = 0
        self._display = _Display(stream, transient=True)
        self._bars = self._display.bars
        self._all = self._display.add("", len(cells))
        self._count()
        self._bars.start()

    def show(self, event: Event) -> None:
        """Show an event of a cell."""
        cell = self._cells[event.cell]
        match event:
            case CellStarted():
                self._remove(event.cell)  # its process died, and it starts again
                self._running[event.cell] = self._display.add(cell.experiment, amount=_samples)
            case PhaseStarted(name=name, total=total):
                self._bars.reset(self._running[event.cell], description=f"{cell.experiment} {name}")
                self._bars.update(self._running[event.cell], earlier=0)
                self._task(event.cell).total = total or None  # neither of them can make it unknown
            case Advanced(samples=samples):
                self._bars.advance(self._running[event.cell], samples)
            case EpochEnded(epoch=epoch):
                self._epoch(cell, epoch)
            case CellEnded(record=record):
                self._outcome(cell, record)
        self._display.log()

    def close(self) -> None:
        """Remove the display; what was printed stays."""
        self._display.close()

    def _epoch(self, cell: Cell, epoch: Epoch) -> None:
        task = self._task(cell.id)
        reached = int(task.total or 0) * epoch.number // epoch.of
        if reached > task.completed:  # an earlier run trained it: that says nothing of this one's rate
            earlier = task.fields["earlier"] + reached - task.completed
            self._bars.update(task.id, completed=reached, earlier=earlier)
        validation = "".join(f", validation {name} {value:.4f}" for name, value in epoch.validation.items())
        self._display.line(
            f"{cell.experiment} epoch {epoch.number}/{epoch.of}: loss {epoch.loss:.4f}, "
            f"training accuracy {epoch.accuracy:.4f}{validation}, {epoch.seconds:.1f} s"
        )

    def _outcome(self, cell: Cell, record: Record) -> None:
        self._remove(cell.id)
        self._ended += 1
        self._failed += record.failure is not None
        self._count()
        scores = record.scores.get(cell.headline)
        if record.failure is not None:
            outcome = f"FAILED: {record.failure.line}"
        elif scores is not None:
            outcome = (
                f"accuracy {scores.metrics.get('accuracy', float('nan')):.4f} on {scores.n:,} {cell.headline} samples"
            )
        else:
            outcome = "finished"
        self._display.line(
            f"[{self._ended}/{len(self._cells)}] {cell.experiment} (seed {cell.identity.seed}): {outcome}",
            style="red" if record.failure else "",
        )

    def _count(self) -> None:
        done = f"{self._ended - self._failed} of {len(self._cells)} cells done"
        failed = f"{self._failed} failed" if self._failed else ""
        self._bars.update(
            self._all, completed=self._ended, description=done, note=failed, style="red" if failed else ""
        )

    def _task(self, cell: str) -> Task:
        return next(task for task in self._bars.tasks if task.id == self._running[cell])

    def _remove(self, cell: str) -> None:
        if cell in self._running:
            self._bars.remove_task(self._running.pop(cell))


class Arrivals:
    """Shows how the files of a download come in; several threads may report.

    Args:
        title: what is downloaded.
        sizes: of each file by name, in bytes; ``None`` where it is not known yet.
        stream: where to write; stderr by default.
    """

    def __init__(self, title: str, sizes: Mapping[str, int | None], stream: TextIO | None = None) -> None:
        self._lock = threading.Lock()
        self._sizes = dict(sizes)
        self._unknown = sum(size is None for size in sizes.values())
        self._total = sum(size or 0 for size in sizes.values())
        self._have = dict.fromkeys(sizes, 0)
        self._there = self._earlier = self._whole = 0
        self._display = _Display(stream, transient=False)
        self._task = self._display.add(title, amount=_bytes)
        self._update()
        self._display.bars.start()
        self._display.log(now=True)

    def expect(self, name: str, size: int) -> None:
        """Note the size of a file, which shows when the server answers."""
        with self._lock:
            self._unknown -= self._sizes[name] is None
            self._total += size - (self._sizes[name] or 0)
            self._sizes[name] = size
            self._update()

    def at(self, name: str, have: int, *, earlier: bool = False) -> None:
        """Show that so many bytes of a file are there; those of an earlier call say nothing of this one's rate."""
        with self._lock:
            more = have - self._have[name]
            self._have[name] = have
            self._there += more
            self._earlier += more if earlier else 0
            self._update()

    def whole(self, name: str) -> None:
        """Show that a file is complete."""
        with self._lock:
            self._whole += 1
            self._update()

    def close(self) -> None:
        """Leave the last state."""
        self._display.log(now=True)
        self._display.close()

    def _update(self) -> None:
        note = _bytes(self._there) if self._unknown else f"{_bytes(self._there)} of {_bytes(self._total)}"
        if len(self._sizes) > 1:
            note += f", {self._whole:,} of {len(self._sizes):,} files"
        self._display.bars.update(
            self._task,
            total=None if self._unknown else self._total,
            completed=self._there,
            earlier=self._earlier,
            note=note,
        )
        self._display.log()


@contextmanager
def counting(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yield a function that shows so many samples more as done, on a terminal alone and while the block lasts."""
    display = _Display(None, transient=True)
    task = display.add(title, total, _samples)

    def advance(samples: int) -> None:
        display.bars.start()  # not before there is something to wait for
        display.bars.advance(task, samples)

    try:
        yield advance
    finally:
        display.close()
