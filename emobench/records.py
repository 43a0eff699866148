"""Records and predictions: what a cell leaves on disk, and how it gets there whole.

A run folder holds ``cells/<cell id>/record.json`` and ``cells/<cell id>/predictions.parquet``. Everything that is published
is computed from these two files.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from emobench.cells import Cell, Frozen
from emobench.contracts import Epoch
from emobench.errors import EmobenchError, raised_at
from emobench.storage import atomic, json_bytes, write_json

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

SCHEMA_VERSION = 2


class PartCount(Frozen):
    """How many samples of a part were asked for, and how many could not be used."""

    attempted: int
    dropped: int


class Dropped(Frozen):
    """A sample that could not be used."""

    sample_id: str
    part: str
    reason: str


class ClassScores(Frozen):
    """One class's scores; a ratio without a denominator is 0, as in scikit-learn with ``zero_division=0``."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


class Scores(Frozen):
    """What the predictions of one part are worth.

    Attributes:
        n: number of samples scored.
        metrics: metric name to value.
        per_class: in the order of the classes.
        confusion: rows are true classes, columns predicted ones.
    """

    n: int
    metrics: dict[str, float]
    per_class: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]


class Failure(Frozen):
    """Why a cell has no result."""

    kind: str
    message: str
    traceback: str = ""

    @property
    def line(self) -> str:
        """One line: what a component raised by its kind and place, what emobench says by its words alone."""
        text = " ".join(self.message.split())
        place = raised_at(self.traceback)
        return f"{self.kind}: {text}{place}" if place and not self.kind.endswith("EmobenchError") else text


class Phase(Frozen):
    """What one phase of a cell took, in seconds."""

    wall: float
    cpu: float


class Source(Frozen):
    """Where a component that does not come with emobench comes from.

    Attributes:
        distribution: name and version of the distribution that registered it.
        title: of the component; empty where it has none.
        citation: one line; empty where it has none.
        url: of the distribution's project; empty where its metadata name none.
    """

    distribution: str
    title: str = ""
    citation: str = ""
    url: str = ""


class Selection(Frozen):
    """What chose the epoch and the hyperparameters.

    Attributes:
        kind: ``fixed``: nothing, for there is no validation part; ``model``: the validation part, as far as the model
            chooses; ``fusion``: the fusion learnt from the validation part; ``fixed fusion``: the fusion learns nothing;
            ``elsewhere``: not known, for the predictions were made elsewhere.
        samples: of the validation part, that a fusion learnt from.
    """

    kind: Literal["fixed", "model", "fusion", "fixed fusion", "elsewhere"]
    samples: int = 0

    def __str__(self) -> str:
        return {
            "fixed": "no part: there is no validation part, schedule and hyperparameters are fixed",
            "model": "the validation part, as far as the model chooses at all",
            "fusion": f"the fusion learnt from {self.samples:,} samples of the validation part",
            "fixed fusion": "no part: the fusion learns nothing",
            "elsewhere": "unknown: the predictions were made elsewhere",
        }[self.kind]


class Record(Frozen):
    """What is known of a cell after it ran.

    Attributes:
        schema_version: of this file format.
        emobench: version of the harness.
        core: hash of the code of the harness, see :func:`emobench.codehash.package_hash`; no part of the cell's identity.
        cell: what was asked for.
        status: a failed cell has a failure and no scores; it is tried again by the next run.
        failure: why it failed.
        counts: by part.
        dropped: every sample that could not be used, with its part and the reason.
        learnt: what a fusion learnt from the validation part, by name.
        scores: by test part, and under ``"test"`` for all test parts together.
        selection: what chose the epoch and the hyperparameters; ``None`` for a failed cell and for an applied model.
        parameters: number of fitted parameters, where the model tells it.
        history: one entry an epoch, where the model reports epochs.
        warnings: what the packages behind the model warned of, each once.
        phases: wall and CPU seconds, by phase.
        peak_memory: highest resident memory of the process during the cell, in bytes.
        environment: machine, threads, device, versions.
        sources: kind and name of a component (``models/tiny-next``) to what registered it, of all that the cell names and
            that did not come with emobench; see :mod:`emobench.sources`.
        started: UTC, ISO 8601.
        finished: UTC, ISO 8601.
    """

    schema_version: int = SCHEMA_VERSION
    emobench: str
    core: str = ""
    cell: Cell
    status: Literal["finished", "failed"]
    failure: Failure | None = None
    counts: dict[str, PartCount] = {}
    dropped: tuple[Dropped, ...] = ()
    learnt: dict[str, Any] = {}
    scores: dict[str, Scores] = {}
    selection: Selection | None = None
    parameters: int | None = None
    history: tuple[Epoch, ...] = ()
    warnings: tuple[str, ...] = ()
    phases: dict[str, Phase] = {}
    peak_memory: int = 0
    environment: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    started: str = ""
    finished: str = ""


# -------------------------------------------------------------------------------------- cells on the disk


def cell_folder(run: Path, cell_id: str) -> Path:
    """Return the folder of a cell within a run folder."""
    return run / "cells" / cell_id


def record_bytes(record: Record) -> bytes:
    """Return a record as its file holds it."""
    return json_bytes(record.model_dump(mode="json"))


class OtherSchemaError(EmobenchError):
    """A record of another schema version: it is never taken for a damaged one, and never written over."""


def write_record(run: Path, record: Record) -> None:
    """Write a record to its cell's folder.

    Raises:
        OtherSchemaError: a record of another schema version is there.
    """
    path = cell_folder(run, record.cell.id) / "record.json"
    with suppress(OSError, ValueError, RecursionError):
        _check_schema(json.loads(path.read_bytes()), str(path))
    write_json(path, record.model_dump(mode="json"))


def read_record(path: Path) -> Record:
    """Read a ``record.json``.

    Raises:
        OtherSchemaError: it is one of another schema version.
        EmobenchError: it is no record.
    """
    try:
        return parse_record(path.read_bytes(), str(path))
    except OSError as error:
        raise _no_record(error, str(path)) from error


def parse_record(content: bytes, where: str) -> Record:
    """Read what a ``record.json`` holds; ``where`` says in an error whose it is.

    Raises:
        OtherSchemaError: it is one of another schema version.
        EmobenchError: it is no record.
    """
    try:
        fields = json.loads(content)
        _check_schema(fields, where)
        return Record.model_validate(fields)
    except (ValueError, RecursionError) as error:
        raise _no_record(error, where) from error


def _check_schema(fields: Any, where: str) -> None:
    version = fields.get("schema_version") if isinstance(fields, dict) else None
    if isinstance(version, int) and version != SCHEMA_VERSION:
        remedy = "run again in another folder, or take the current boards"
        if version > SCHEMA_VERSION:
            remedy = "use the emobench that wrote it, or another folder"
        raise OtherSchemaError(
            f"a record of schema {version}, this emobench reads schema {SCHEMA_VERSION}", where=where, remedy=remedy
        )


def _no_record(error: Exception, where: str) -> EmobenchError:
    first = str(error).splitlines()[0]
    return EmobenchError(f"not a record: {first}", where=where, remedy="delete the cell's folder and run again")


def read_located(folder: Path) -> list[tuple[Path, Record]]:
    """Read every record under a folder of runs or boards: the folder of its cell, and the record, in the order of paths.

    Raises:
        EmobenchError: one cannot be read.
    """
    return [(path.parent, read_record(path)) for path in sorted(folder.glob("**/cells/*/record.json"))]


def no_records(folder: Path, remedy: str = "name the folder of a run with --runs") -> EmobenchError:
    """Return the error of a folder in which results were looked for in vain: it is not there, or has none."""
    what = "no record was found" if folder.is_dir() else "no such folder"
    return EmobenchError(what, where=str(folder), remedy=remedy)


def read_records(run: Path) -> list[Record]:
    """Read every record under a run folder, sorted by suite, experiment and id."""
    records = [record for _, record in read_located(run)]
    return sorted(records, key=lambda record: (record.cell.suite, record.cell.experiment, record.cell.id))


def probability_columns(classes: tuple[str, ...]) -> list[str]:
    """Return the names of the probability columns, in class order."""
    return [f"p_{name}" for name in classes]


def predictions_table(
    classes: tuple[str, ...],
    probabilities: NDArray[np.floating[Any]],
    truth: pd.DataFrame,
) -> pd.DataFrame:
    """Join probabilities with what the harness alone knows about the samples.

    Args:
        classes: k class names.
        probabilities: (n, k), each row finite, non-negative and summing to one.
        truth: n rows with ``sample_id``, ``part``, ``label`` and ``group``, in the order of the probabilities.

    Returns:
        ``truth`` with ``prediction`` (the most probable class, the first one on a tie) and float32 ``p_<class>`` columns.
    """
    import numpy as np
    import pandas as pd

    table = truth[["sample_id", "part", "label", "group"]].reset_index(drop=True)
    stored = np.asarray(probabilities, dtype=np.float32)
    table["prediction"] = np.asarray(classes, dtype=object)[stored.argmax(axis=1)]
    columns = pd.DataFrame(stored, columns=probability_columns(classes))
    return pd.concat([table, columns], axis=1)


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write a predictions table as Parquet, atomically."""
    with atomic(path) as file:
        table.to_parquet(file, index=False)


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a predictions table.

    Raises:
        EmobenchError: the file is missing or not a predictions table.
    """
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise EmobenchError(
            f"cannot read the predictions: {error}", where=str(path), remedy="run the cell again"
        ) from error
    missing = {"sample_id", "part", "label", "group", "prediction"} - set(table.columns)
    if missing:
        raise EmobenchError(
            f"no column {', '.join(sorted(missing))}", where=str(path), remedy="it must come from emobench run"
        )
    return table


def finished(run: Path, cell_id: str) -> Record | None:
    """Return the record of a cell that has a result, else ``None``; a damaged record counts as none.

    Raises:
        OtherSchemaError: the record is of another schema version.
    """
    folder = cell_folder(run, cell_id)
    try:
        record = read_record(folder / "record.json")
    except OtherSchemaError:
        raise
    except EmobenchError:
        return None
    return record if record.status == "finished" and _whole_parquet(folder / "predictions.parquet") else None


def _whole_parquet(path: Path) -> bool:
    """Tell whether a file begins and ends as Parquet files do; one that was cut off does not."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
            file.seek(-4, os.SEEK_END)
            return begins == file.read(4) == b"PAR1"
    except OSError:
        return False
