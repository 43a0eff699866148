"""Reading a bundle from anywhere, without trust: files of limited size, tables of known columns and types."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from emobench.data.downloads import ArchiveError, unpack
from emobench.errors import EmobenchError
from emobench.publishing.bundles.manifest import MANIFEST, Manifest, bundle_name, file_names, parse_manifest, sha256
from emobench.publishing.bundles.report import Problem
from emobench.records import Identity, Record, parse_record, probability_columns, truth_columns

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 200_000_000
"""Of a bundle, packed and unpacked: some 2,000 cells with 7,000 predictions each. It is read into memory as a whole."""
_MOST_PREDICTIONS = 1_000_000
_MOST_TABLE_BYTES = 500_000_000
_LONGEST_TEXT = 500
"""A column that repeats itself takes hardly any room in Parquet; these are for a table that is read into memory."""

_TEXT = ("sample_id", "part", "label", "group", "prediction")


@dataclass(frozen=True)
class Bundled:
    """A cell of a bundle whose files could be read."""

    record: Record
    table: pd.DataFrame


@dataclass
class Opened:
    """A bundle as far as it could be read.

    Attributes:
        manifest: its table of contents; an empty one if that cannot be read.
        files: name to content, without the table of contents.
        cells: those whose files could be read, by id.
        problems: why some files, or all, are not among them, or not as they are listed.
    """

    manifest: Manifest = field(default_factory=lambda: Manifest(emobench="", cells={}, datasets={}))
    files: dict[str, bytes] = field(default_factory=dict)
    cells: dict[str, Bundled] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def open_bundle(path: Path) -> Opened:
    """Open a bundle: its zip file, or the receipt (``.json``) that a board keeps of it.

    Raises:
        EmobenchError: there is no such file, its name cannot be a bundle's, or there is no room to unpack it.
    """
    bundle_name(path)
    try:
        if path.suffix == ".json":
            manifest = parse_manifest(path.read_bytes())
            files = _read(path.absolute().parent.parent, manifest.files)
        else:
            files = _unpacked(path)
            manifest = parse_manifest(files.pop(MANIFEST, b""))
    except OSError as error:
        what = f"cannot read the bundle: {error.strerror}"
        raise EmobenchError(what, where=str(path), remedy="check the path") from error
    except ArchiveError as error:
        return Opened(problems=[Problem(what=error.what)])
    except EmobenchError as error:
        if error.where != MANIFEST:  # no fault of the bundle: there is no room to unpack it
            raise
        return Opened(problems=[Problem(what=error.what, where=MANIFEST)])
    opened = Opened(manifest, files, problems=list(_inventory(manifest.files, files)))
    _read_cells(opened)
    return opened


def _unpacked(path: Path) -> dict[str, bytes]:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ArchiveError(f"{size / 1e6:,.0f} MB; a bundle has at most {MOST_BYTES / 1e6:,.0f}")
    with TemporaryDirectory() as folder:
        unpack(path, Path(folder), MOST_BYTES)
        return _read(Path(folder), [place.relative_to(folder).as_posix() for place in Path(folder).rglob("*")])


def _read(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read the files that are there; on a board, links and what is too large are as good as missing."""
    places = {name: folder / name for name in names}
    return {
        name: place.read_bytes()
        for name, place in places.items()
        if place.is_file() and not place.is_symlink() and place.stat().st_size <= MOST_BYTES
    }


def _inventory(listed: dict[str, str], files: dict[str, bytes]) -> Iterator[Problem]:
    """Yield files that are missing, extra or changed."""
    for name in sorted(listed.keys() | files):
        if name not in files:
            yield Problem(what="is listed, and not there", where=name)
        elif name not in listed:
            yield Problem(what="is there, and not listed", where=name)
        elif (found := sha256(files[name])) != listed[name]:
            yield Problem(what=f"has the sha256 {found}, listed is {listed[name]}", where=name)


def _read_cells(opened: Opened) -> None:
    """Read the cells whose files are there."""
    for cell in sorted(opened.manifest.cells):
        name, table = file_names(cell)
        if not {name, table} <= opened.files.keys():
            continue
        try:
            record = parse_record(opened.files[name], name)
            name = table
            opened.cells[cell] = Bundled(record, read_table(opened.files[table], record.cell.identity))
        except EmobenchError as error:
            opened.problems.append(Problem(what=error.what, where=name))


def read_table(content: bytes, identity: Identity) -> pd.DataFrame:
    """Read a cell's predictions from anywhere; a text in a million rows is looked at once, before there are a million of it.

    Raises:
        EmobenchError: no Parquet, other columns than predictions have, gaps in them, or too much of it.
    """
    import pyarrow as arrow
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    columns = [*_TEXT, *number_columns(identity)]
    try:
        _refuse_excess(parquet.read_metadata(io.BytesIO(content)), columns)
        table = parquet.read_table(io.BytesIO(content), read_dictionary=list(_TEXT)).select(columns)
        for place, name in enumerate(columns):
            column = table[name]
            if name not in _TEXT:
                if not arrow.types.is_floating(column.type):
                    raise EmobenchError(f"the column {name!r} has values that are no numbers")
                continue
            if not arrow.types.is_dictionary(column.type) or column.null_count:
                raise EmobenchError(f"the column {name!r} has values that are no text")
            lengths = [compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0 for chunk in column.chunks]
            if max(lengths, default=0) > _LONGEST_TEXT:
                raise EmobenchError(f"the column {name!r} has a text of more than {_LONGEST_TEXT} bytes")
            table = table.set_column(place, name, column.cast(arrow.string()))
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    except (OSError, ValueError, TypeError, KeyError, MemoryError, arrow.ArrowException) as error:
        raise EmobenchError(f"cannot be read: {(str(error) or repr(error)).splitlines()[0]}") from error
    return frame


def number_columns(identity: Identity) -> list[str]:
    """Return the columns of predictions that hold numbers: where the target is no class, with the true ones."""
    true = truth_columns(identity.classes) if identity.target else []
    return [*true, *probability_columns(identity.classes)]


def _refuse_excess(inside: Any, columns: list[str]) -> None:
    """Look at what a Parquet file says of itself before its columns are read."""
    size = sum(inside.row_group(number).total_byte_size for number in range(inside.num_row_groups))
    if inside.num_rows > _MOST_PREDICTIONS or size > _MOST_TABLE_BYTES:
        raise EmobenchError(f"{inside.num_rows:,} rows of {size / 1e6:,.0f} MB are too many")
    names = inside.schema.to_arrow_schema().names
    if sorted(names) != sorted(columns):
        strange = sorted(set(names) ^ set(columns)) or names
        raise EmobenchError(f"the columns are not those of predictions, e.g. {strange[0]!r}")
