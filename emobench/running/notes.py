"""What a cell's record gathers, and what it reports, while the cell runs."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from emobench.contracts import Epoch
from emobench.errors import EmobenchError
from emobench.records import (
    Advanced,
    ClassOrder,
    Dropped,
    EpochEnded,
    EventHandler,
    PartCount,
    Phase,
    PhaseStarted,
    Selection,
)


@dataclass
class Notes:
    """What a cell's record gathers while the cell runs; phases, samples and epochs are reported when they happen."""

    cell: str
    report: EventHandler
    phases: dict[str, Phase] = field(default_factory=dict)
    counts: dict[str, PartCount] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()
    learnt: dict[str, Any] = field(default_factory=dict)
    history: list[Epoch] = field(default_factory=list)
    parameters: int | None = None
    multiply_adds: int | None = None
    selection: Selection | None = None
    class_order: ClassOrder | None = None

    @contextmanager
    def phase(self, name: str, total: int = 0) -> Iterator[None]:
        """Report a phase and measure it."""
        self.begin(name, total)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.phases[name] = Phase(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)

    def begin(self, name: str, total: int) -> None:
        """Report what is about to be done, without measuring it."""
        self.report(PhaseStarted(cell=self.cell, name=name, total=total))

    def step(self, samples: int) -> None:
        """Report that so many samples more are done."""
        self.report(Advanced(cell=self.cell, samples=int(samples)))

    def epoch(self, epoch: Epoch) -> None:
        """Keep an epoch for the record, and report it."""
        recordable = _recordable(epoch)
        self.history.append(recordable)
        self.report(EpochEnded(cell=self.cell, epoch=recordable))


def _recordable(epoch: Epoch) -> Epoch:
    """Return what a model reports in plain numbers: whatever it counts with, its record can be written."""
    loss, seconds = float(epoch.loss), float(epoch.seconds)
    accuracy = None if epoch.accuracy is None else float(epoch.accuracy)
    validation = {str(name): float(value) for name, value in epoch.validation.items()}
    if not all(map(math.isfinite, (loss, accuracy or 0.0, seconds, *validation.values()))):
        raise EmobenchError(
            f"epoch {epoch.number}: loss {loss}, accuracy {accuracy}, validation {validation} cannot be recorded",
            remedy="if training diverged, lower the learning rate",
        )
    return Epoch(int(epoch.number), int(epoch.of), loss, accuracy, validation, seconds)
