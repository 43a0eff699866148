"""A CSV file that grows by a line for each epoch and each cell that ends."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import hookimpl
from emobench.errors import EmobenchError
from emobench.records import in_words, timestamp, training_faults
from emobench.storage import writing

if TYPE_CHECKING:
    from emobench.contracts import Epoch
    from emobench.records import Cell, Record

COLUMNS: Mapping[str, str] = {
    "time": "when the line was written, UTC, ISO 8601",
    "event": "`epoch`, `finished` or `failed`",
    "suite": "of the experiment",
    "experiment": "its name",
    "cell": "id of the cell",
    "fold": "which fold the cell is, of an experiment that has several",
    "seed": "of the cell",
    "dataset": "its name",
    "provenance": "`official`, `unverified`, `stand-in` or `synthetic`",
    "protocol": "what divided the samples",
    "model": "name of the model, or of the fusion",
    "epoch": "number of the epoch, from 1",
    "epochs": "how many there will be",
    "train_loss": "mean training loss of the epoch",
    "train_accuracy": "on the training samples as they were trained",
    "validation_loss": "on the validation part, if the model reports it",
    "validation_accuracy": "on the validation part, if the model reports it",
    "test_part": "the test part that ranks",
    "test_n": "number of its samples",
    "test_accuracy": "on it",
    "test_balanced_accuracy": "on it; the same as the unweighted average recall",
    "more": "every other metric of the line, as a JSON object",
    "seconds": "wall time of the epoch, or of all phases of the cell",
    "message": "why the cell failed, or how its training did, in one line",
}
"""Column to what it holds; empty where the event has none."""


class CsvLog:
    """Appends to a CSV file. A line is written in one piece and synced, so that a crash loses none that was there.

    Args:
        path: the file; made with a line of headings where it is missing or empty.

    Raises:
        EmobenchError: it cannot be written, or has other columns.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                file.seek(0)
                content = file.read()
        if content and content.splitlines()[0] != _line(COLUMNS).strip():
            what = "has other columns than this emobench writes"
            raise EmobenchError(what, where=str(path), remedy="name a new file for the log")
        if not content:
            self._append(_line(COLUMNS))
        elif not content.endswith(b"\n"):  # the machine went down in the middle of a line, perhaps inside of quotes
            os.truncate(path, content.rfind(b"\n") + 1)

    @hookimpl
    def emobench_epoch_ended(self, cell: Cell, epoch: Epoch) -> None:
        """Write the epoch."""
        validation = dict(epoch.validation)
        self._write(
            cell,
            event="epoch",
            epoch=epoch.number,
            epochs=epoch.of,
            train_loss=epoch.loss,
            train_accuracy="" if epoch.accuracy is None else epoch.accuracy,
            validation_loss=validation.pop("loss", ""),
            validation_accuracy=validation.pop("accuracy", ""),
            more=_json({f"validation_{name}": value for name, value in validation.items()}),
            seconds=round(epoch.seconds, 3),
        )

    @hookimpl
    def emobench_cell_finished(self, cell: Cell, record: Record) -> None:
        """Write the outcome."""
        found = record.scores.get(cell.headline)
        metrics = dict(found.metrics) if found else {}
        self._write(
            cell,
            event=record.status,
            test_part=cell.headline if found else "",
            test_n=found.n if found else "",
            test_accuracy=metrics.pop("accuracy", ""),
            test_balanced_accuracy=metrics.pop("balanced_accuracy", ""),
            more=_json({f"test_{name}": value for name, value in metrics.items()}),
            seconds=round(sum(phase.wall for phase in record.phases.values()), 3),
            message=_message(record),
        )

    def _write(self, cell: Cell, **values: Any) -> None:
        what = cell.identity.model or cell.identity.fusion
        values |= {
            "time": timestamp(),
            "suite": cell.suite,
            "experiment": cell.experiment,
            "cell": cell.id,
            "fold": cell.fold,
            "seed": cell.identity.seed,
            "dataset": cell.identity.dataset,
            "provenance": cell.provenance,
            "protocol": cell.identity.protocol.name,
            "model": what.name if what else "",
        }
        self._append(_line(values.get(column, "") for column in COLUMNS))

    def _append(self, line: bytes) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(line)
            os.fsync(file.fileno())


def _message(record: Record) -> str:
    failure = record.failure
    return " ".join(failure.message.split()) if failure else in_words(training_faults(record))


def _line(values: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _json(values: dict[str, float]) -> str:
    return json.dumps(values, sort_keys=True) if values else ""
