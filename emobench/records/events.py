"""What happens while cells are computed: one event type for cells, workers, the progress display and listeners.

A cell reports events to a function. A worker process writes them as JSON lines, from which :data:`EVENT` makes them again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from emobench.contracts import Epoch
from emobench.records.frozen import Frozen
from emobench.records.record import Record


class CellStarted(Frozen):
    """A cell is about to be computed. A cell whose process died starts twice."""

    kind: Literal["started"] = "started"
    cell: str


class PhaseStarted(Frozen):
    """A phase of a cell begins, with ``total`` samples to do; 0 where the number is not known."""

    kind: Literal["phase"] = "phase"
    cell: str
    name: str
    total: int = 0


class Advanced(Frozen):
    """So many more samples of the phase are done."""

    kind: Literal["advanced"] = "advanced"
    cell: str
    samples: int


class EpochEnded(Frozen):
    """A training epoch ended. After an interruption, the epochs of the earlier run are reported again, at once."""

    kind: Literal["epoch"] = "epoch"
    cell: str
    epoch: Epoch


class CellEnded(Frozen):
    """A cell ended, and its record is on the disk. A cell that an audit holds back ends without a start."""

    kind: Literal["ended"] = "ended"
    record: Record

    @property
    def cell(self) -> str:
        """Id of the cell, as in all other events."""
        return self.record.cell.id


Event: TypeAlias = CellStarted | PhaseStarted | Advanced | EpochEnded | CellEnded
EventHandler: TypeAlias = Callable[[Event], None]

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
"""Makes an event from what its JSON holds."""
