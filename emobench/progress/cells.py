"""Progress on stderr: a live display on a terminal, a few plain lines in a log file.

The bars, rates and times are rich's, also where only their state is used: in a log file, which has no room for a bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TextIO

from rich.progress import Task, TaskID

from emobench.contracts import Epoch
from emobench.progress.display import Display, in_samples
from emobench.progress.remaining import Remaining
from emobench.records import (
    ACCURACY,
    Advanced,
    Cell,
    CellEnded,
    CellStarted,
    EpochEnded,
    Event,
    PhaseStarted,
    Record,
    in_words,
    metric_title,
    remedies,
    training_faults,
)

_COUNTED_EVERY = 1.0
"""Seconds; steps are many, and nobody reads a time left that changes faster."""


class Progress:
    """Shows how the cells of a run get on, with rate, and with the time left of each and of all.

    Args:
        cells: the cells that will be computed, by their ids.
        expected: seconds that a cell will take, by its id, where that is known.
        workers: number of processes.
        stream: where to write; stderr by default.
    """

    def __init__(
        self,
        cells: Mapping[str, Cell],
        expected: Mapping[str, float] | None = None,
        workers: int = 1,
        stream: TextIO | None = None,
    ) -> None:
        self._cells = cells
        self._remaining = Remaining(cells, expected or {}, workers)
        self._running: dict[str, TaskID] = {}
        self._ended = self._failed = 0
        self._counted = 0.0
        self._display = Display(stream, transient=True)
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
                self._remaining.begin(event.cell, self._display.now())
                self._running[event.cell] = self._display.add(cell.experiment, amount=in_samples)
            case PhaseStarted(name=name, total=total):
                self._bars.reset(self._running[event.cell], description=f"{cell.experiment} {name}")
                self._bars.update(self._running[event.cell], earlier=0)
                self._task(event.cell).total = total or None  # neither of them can make it unknown
            case Advanced(samples=samples):
                self._bars.advance(self._running[event.cell], samples)
            case EpochEnded(epoch=epoch):
                self._epoch(cell, epoch)
            case CellEnded(record=record):
                self._remaining.end(event.cell, self._display.now())
                self._outcome(cell, record)
        if not isinstance(event, Advanced) or self._display.now() - self._counted >= _COUNTED_EVERY:
            self._count()
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
        scores = [] if epoch.accuracy is None else [f"training accuracy {epoch.accuracy:.4f}"]
        scores += [f"validation {name} {value:.4f}" for name, value in epoch.validation.items()]
        said = ", ".join([f"loss {epoch.loss:.4f}", *scores, f"{epoch.seconds:.1f} s"])
        self._display.line(f"{cell.experiment} epoch {epoch.number}/{epoch.of}: {said}")

    def _outcome(self, cell: Cell, record: Record) -> None:
        self._remove(cell.id)
        self._ended += 1
        self._failed += record.failure is not None
        scores = record.scores.get(cell.headline)
        if record.failure is not None:
            outcome = f"FAILED: {record.failure.line}"
        elif scores is not None:
            name = ACCURACY if cell.identity.kind == "class" else cell.ranked_by
            value = scores.metrics.get(name)
            said = "" if value is None else f"{metric_title(name)} {value:.4f} on "
            outcome = f"{said}{scores.n:,} {cell.headline} samples"
        else:
            outcome = "finished"
        told = "; ".join(filter(None, (outcome, "" if self._display.terminal else self._left())))
        self._display.line(
            f"[{self._ended}/{len(self._cells)}] {cell.experiment} (seed {cell.identity.seed}): {told}",
            style="red" if record.failure else "",
        )
        if faults := training_faults(record):
            self._display.line(
                f"{cell.experiment}: warning: {in_words(faults)}. Next: {remedies(faults)}", style="yellow"
            )
        if record.class_order:
            self._display.line(f"{cell.experiment}: warning: {record.class_order}", style="yellow")

    def _count(self) -> None:
        self._counted = self._display.now()
        done = f"{self._ended - self._failed} of {len(self._cells)} cells done"
        failed = f"{self._failed} failed" if self._failed else ""
        note = ", ".join(filter(None, (self._left(), failed)))
        self._bars.update(self._all, completed=self._ended, description=done, note=note, style="red" if failed else "")

    def _left(self) -> str:
        """Return the time left of all cells in words; nothing where it is not known, or none is left."""
        seconds = self._remaining.seconds(self._display.now())
        return f"about {timedelta(seconds=round(seconds))} left" if seconds else ""

    def _task(self, cell: str) -> Task:
        return next(task for task in self._bars.tasks if task.id == self._running[cell])

    def _remove(self, cell: str) -> None:
        if cell in self._running:
            self._bars.remove_task(self._running.pop(cell))
