"""The run folder: where a cell's record, predictions, model and checkpoints lie, and reading and writing its record."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emobench.errors import EmobenchError
from emobench.records.record import SCHEMA_VERSION, Record
from emobench.storage import json_bytes, whole_folder, write_json

PREDICTIONS = "predictions.parquet"
MODEL = "model"
WORK = "work"
_RECORD = "record.json"


class OtherSchemaError(EmobenchError):
    """A record of another schema version: it is never taken for a damaged one, and never written over."""


def cell_folder(run: Path, cell_id: str) -> Path:
    """Return the folder of a cell within a run folder."""
    return run / "cells" / cell_id


def record_bytes(record: Record) -> bytes:
    """Return a record as its file holds it."""
    return json_bytes(record.model_dump(mode="json"))


def write_record(run: Path, record: Record) -> None:
    """Write a record to its cell's folder.

    Raises:
        OtherSchemaError: a record of another schema version is there.
    """
    path = cell_folder(run, record.cell.id) / _RECORD
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
    if type(version) is not int:
        raise ValueError("it has no schema version")
    if version != SCHEMA_VERSION:
        remedy = "run again in another folder, or take the current boards"
        if version > SCHEMA_VERSION:
            remedy = "use the emobench that wrote it, or another folder"
        what = f"a record of schema {version}, this emobench reads schema {SCHEMA_VERSION}"
        raise OtherSchemaError(what, where=where, remedy=remedy)


def _no_record(error: Exception, where: str) -> EmobenchError:
    first = str(error).splitlines()[0]
    if isinstance(error, ValidationError):
        wrong = error.errors(include_url=False)[0]
        first = f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
    return EmobenchError(f"not a record: {first}", where=where, remedy="delete the cell's folder and run again")


def read_located(folder: Path) -> list[tuple[Path, Record]]:
    """Read every record under a folder of runs or boards: the folder of its cell, and the record, in the order of paths.

    Raises:
        EmobenchError: a record cannot be read.
    """
    return [(path.parent, read_record(path)) for path in sorted(folder.glob(f"**/cells/*/{_RECORD}"))]


def read_records(run: Path) -> list[Record]:
    """Read every record under a run folder, sorted by suite, experiment and id."""
    records = [record for _, record in read_located(run)]
    return sorted(records, key=lambda record: (record.cell.suite, record.cell.experiment, record.cell.id))


def no_records(folder: Path, remedy: str = "name the folder of a run with --runs") -> EmobenchError:
    """Return the error of a folder that is not there or has no record."""
    what = "no record was found" if folder.is_dir() else "no such folder"
    return EmobenchError(what, where=str(folder), remedy=remedy)


def finished(run: Path, cell_id: str) -> Record | None:
    """Return the record of a cell that has a result, else ``None``; a damaged record counts as none.

    Raises:
        OtherSchemaError: the record is of another schema version.
    """
    folder = cell_folder(run, cell_id)
    try:
        record = read_record(folder / _RECORD)
    except OtherSchemaError:
        raise
    except EmobenchError:
        return None
    return record if record.status == "finished" and _whole_parquet(folder / PREDICTIONS) else None


def adopt_cell(found: Path, run: Path) -> None:
    """Take a finished cell over from another run folder; its files take no more space where the disk has hard links.

    Raises:
        EmobenchError: the disk is full or the place cannot be written.
    """
    target = cell_folder(run, found.name)
    shutil.rmtree(target, ignore_errors=True)  # of a failed cell
    with whole_folder(target) as temporary:
        for file in (found / _RECORD, found / PREDICTIONS, *sorted((found / MODEL).glob("*"))):
            copy = temporary / file.relative_to(found)
            copy.parent.mkdir(exist_ok=True)
            try:
                copy.hardlink_to(file)
            except OSError:
                shutil.copyfile(file, copy)


def _whole_parquet(path: Path) -> bool:
    """Tell whether a file begins and ends as Parquet files do; a file that was cut off does not."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
            file.seek(-4, os.SEEK_END)
            return begins == file.read(4) == b"PAR1"
    except OSError:
        return False
