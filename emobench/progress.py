"""Progress on stderr: one line that is rewritten on a terminal, a few plain lines in a log file."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TextIO

from tqdm import tqdm

from emobench.cells import Cell
from emobench.contracts import Epoch
from emobench.records import Record

# A log file is read afterwards: a line a minute is enough to see that a run lives, and how fast.
_LOG_INTERVAL = 60.0
_TERMINAL_INTERVAL = 0.1
_LINE = "{desc}: {percentage:.0f}%, {n_fmt} of {total_fmt}, {elapsed} so far, {remaining} left, {rate_fmt}"
"""A state in a log file, which has no room for a bar."""
_ARRIVED = "{l_bar} {n_fmt}/{total_fmt}, {elapsed} so far, {rate_fmt}{postfix}"
"""The same of a download; ``l_bar`` has the share, and nothing where a server does not say how much there is."""


@dataclass
class _Running:
    """Where one cell is."""

    cell: Cell
    phase: str = ""
    done: int = 0
    total: int = 0
    earlier: int = 0
    """How many of ``done`` an earlier run did; they say nothing of this one's rate."""
    started: float = field(default_factory=lambda: time.monotonic())

    def meter(self, width: int | None) -> str:
        text = f"{self.cell.experiment} {self.phase}"
        if not self.total:
            return text
        elapsed = max(time.monotonic() - self.started, 1e-6)
        return tqdm.format_meter(
            self.done,
            self.total,
            elapsed,
            ncols=width,
            bar_format=None if width else _LINE,
            prefix=text,
            unit=" samples",
            unit_scale=True,
            initial=self.earlier,
        )


class Progress:
    """Shows how the cells of a run get on, with rate and time left.

    Args:
        cells: how many cells will be computed.
        stream: where to write; stderr by default.
    """

    def __init__(self, cells: int, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._cells = cells
        self._ended = 0
        self._running: dict[str, _Running] = {}
        self._last = time.monotonic()

    def started(self, cell: Cell) -> None:
        """Show that a cell is being computed."""
        self._running[cell.id] = _Running(cell)

    def phase(self, cell: Cell, name: str, total: int) -> None:
        """Show that a cell's next phase begins, with ``total`` samples to do (0: unknown)."""
        self._running[cell.id] = _Running(cell, name, 0, total)
        self._refresh()

    def step(self, cell: Cell, samples: int) -> None:
        """Show that so many more samples are done."""
        self._running[cell.id].done += samples
        self._refresh()

    def epoch(self, cell: Cell, epoch: Epoch) -> None:
        """Show an epoch; it may have been trained by an earlier run, so the counter is set rather than raised."""
        state = self._running[cell.id]
        earlier = max(0, state.total * epoch.number // epoch.of - state.done)
        state.done += earlier
        state.earlier += earlier
        validation = "".join(f", validation {name} {value:.4f}" for name, value in epoch.validation.items())
        self._line(
            f"{cell.experiment} epoch {epoch.number}/{epoch.of}: loss {epoch.loss:.4f}, "
            f"training accuracy {epoch.accuracy:.4f}{validation}, {epoch.seconds:.1f} s"
        )

    def ended(self, cell: Cell, record: Record) -> None:
        """Show a cell's outcome."""
        self._running.pop(cell.id, None)
        self._ended += 1
        scores = record.scores.get(cell.headline)
        if record.failure is not None:
            outcome = f"FAILED: {record.failure.line}"
        elif scores is not None:
            outcome = (
                f"accuracy {scores.metrics.get('accuracy', float('nan')):.4f} on {scores.n:,} {cell.headline} samples"
            )
        else:
            outcome = "finished"
        self._line(f"[{self._ended}/{self._cells}] {cell.experiment} (seed {cell.identity.seed}): {outcome}")

    def close(self) -> None:
        """Leave the terminal with an empty line."""
        self._erase()

    def _line(self, text: str) -> None:
        self._erase()
        stamp = "" if self._terminal else f"{time.strftime('%H:%M:%S')} "
        print(f"{stamp}{text}", file=self._stream, flush=True)
        self._last = time.monotonic() if not self._terminal else 0.0

    def _erase(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._last < (_TERMINAL_INTERVAL if self._terminal else _LOG_INTERVAL):
            return
        self._last = now
        width = shutil.get_terminal_size().columns - 1
        if not self._terminal:
            for state in self._running.values():
                print(f"{time.strftime('%H:%M:%S')} {state.meter(None)}", file=self._stream, flush=True)
            return
        states = list(self._running.values())
        prefix = f"[{self._ended + 1}/{self._cells}] "
        alone = len(states) == 1
        text = states[0].meter(width - len(prefix)) if alone else " | ".join(map(_short, states))
        self._stream.write(f"\r\x1b[2K{(prefix + text)[:width]}")
        self._stream.flush()


class Arrivals:
    """Shows how the files of a download come in; several threads may report.

    Args:
        title: what is downloaded.
        sizes: of each file by name, in bytes; ``None`` where it is not known yet.
        stream: where to write; stderr by default.
    """

    def __init__(self, title: str, sizes: Mapping[str, int | None], stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        interval = _TERMINAL_INTERVAL if stream.isatty() else _LOG_INTERVAL
        self._lock = threading.Lock()
        self._sizes = dict(sizes)
        self._unknown = sum(size is None for size in sizes.values())
        self._have = dict.fromkeys(sizes, 0)
        self._whole = 0
        self._bar: tqdm[NoReturn] = tqdm(
            desc=title,
            total=self._total(),
            unit="B",
            unit_scale=True,
            file=stream if stream.isatty() else _Lines(stream),
            mininterval=interval,
            maxinterval=max(10.0, interval),
            bar_format=None if stream.isatty() else _ARRIVED,
        )
        self._count()

    def expect(self, name: str, size: int) -> None:
        """Note the size of a file, which shows when the server answers."""
        with self._lock:
            self._unknown -= self._sizes[name] is None
            self._sizes[name] = size
            self._count()

    def at(self, name: str, have: int, *, earlier: bool = False) -> None:
        """Show that so many bytes of a file are there; those of an earlier call say nothing of this one's rate."""
        with self._lock:
            more = have - self._have[name]
            self._have[name] = have
            if earlier:
                self._bar.initial += more
            self._bar.update(more)

    def whole(self, name: str) -> None:
        """Show that a file is complete."""
        with self._lock:
            self._whole += 1
            self._count()

    def close(self) -> None:
        """Leave the line as it is and go to the next."""
        self._bar.close()

    def _total(self) -> int | None:
        return None if self._unknown else sum(size or 0 for size in self._sizes.values())

    def _count(self) -> None:
        self._bar.total = self._total()
        if len(self._sizes) > 1:
            self._bar.set_postfix_str(f"{self._whole:,} of {len(self._sizes):,} files", refresh=False)


class _Lines:
    """Makes a line of each state of a bar, for files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        state = text.strip()
        if state:
            print(f"{time.strftime('%H:%M:%S')} {state}", file=self._stream, flush=True)

    def flush(self) -> None:
        self._stream.flush()


def _short(state: _Running) -> str:
    share = f" {100 * state.done // state.total}%" if state.total else ""
    return f"{state.cell.experiment} {state.phase}{share}"
