"""Events between processes."""

from __future__ import annotations

import io
import json
from pathlib import Path

from emobench.contracts.model import Epoch
from emobench.records.events import Advanced, CellEnded, CellStarted, EpochEnded, Event, PhaseStarted
from emobench.running.workers import _EventReader, _EventWriter
from tests.support.factories import cell, failed

CELL = cell("a.table1.resnet18-regularised")


OTHER = cell("a.table2.mlp")


def epoch(number: int = 1, of: int = 4, **validation: float) -> Epoch:
    return Epoch(number, of, 1.25, 0.5, validation, 12.3)


def test_steps_of_another_process_arrive_before_the_epoch_that_they_belong_to() -> None:
    """Else the epoch would seem to have been trained by an earlier run, and the steps would be counted twice."""
    file = io.StringIO()
    write = _EventWriter(file)
    write(PhaseStarted(cell="c", name="fit", total=40))
    for _ in range(10):
        write(Advanced(cell="c", samples=4))
    write(EpochEnded(cell="c", epoch=epoch()))
    told = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [event["kind"] for event in told] == ["phase", *["advanced"] * (len(told) - 2), "epoch"]
    assert sum(event["samples"] for event in told if event["kind"] == "advanced") == 40


def test_events_of_another_process_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = _EventReader(path)
    assert list(reader.read()) == []
    events: list[Event] = [
        CellStarted(cell=CELL.id),
        EpochEnded(cell=CELL.id, epoch=epoch(loss=1.5)),
        PhaseStarted(cell=CELL.id, name="predict"),
    ]
    end = CellEnded(record=failed(OTHER, "odd \ud800"))
    with path.open("w", encoding="utf-8") as file:
        write = _EventWriter(file)
        write(events[0])
        assert list(reader.read()) == events[:1]
        for event in events[1:]:
            write(event)
        assert list(reader.read()) == events[1:]
        assert list(reader.read()) == []
        file.write('{"kind": "adv')
        file.flush()  # in the middle of a line
        assert list(reader.read()) == []
        file.write('anced", "cell": "c", "samples": 1}\n')
        write(end)
        assert list(reader.read()) == [Advanced(cell="c", samples=1)]
    assert reader.close() == end
    assert not path.exists()
