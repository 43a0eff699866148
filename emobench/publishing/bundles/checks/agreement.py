"""Whether cells agree on samples, labels, splits and results: with each other, and with the board that they are for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emobench.publishing.bundles.manifest import CELLS, file_names, read_receipts, sha256
from emobench.publishing.bundles.reading import Bundled, Opened, read_table
from emobench.publishing.bundles.report import Problem
from emobench.records import Cell, Identity, limit_of, read_records, truth_columns


def among(cells: Mapping[str, Bundled], trusted: Mapping[str, Bundled] | None = None) -> Iterator[Problem]:
    """Yield where a cell says otherwise than an earlier one, or a trusted one of the board, about the same data."""
    contents: dict[tuple[str, str], tuple[str, str]] = {}
    samples: dict[tuple[str, ...], dict[str, tuple[Any, str]]] = {}
    splits: dict[tuple[str, ...], tuple[dict[str, str], str]] = {}
    there = [(f"the board's {CELLS}/{cell}", bundled) for cell, bundled in (trusted or {}).items()]
    for where, bundled in [*there, *((f"{CELLS}/{cell}", bundled) for cell, bundled in cells.items())]:
        cell, identity = bundled.record.cell, bundled.record.cell.identity
        if cell.provenance == "official":
            files = identity.dataset, identity.fingerprint
            content, first = contents.setdefault(files, (identity.content, where))
            if content != identity.content:
                what = f"the same files of {identity.dataset!r} have another content than in {first}"
                yield Problem(what=what, where=where)
        data = identity.dataset, identity.content, identity.labels
        for column in ("label", "group", *true_columns(identity)):
            values = list(zip(bundled.table["sample_id"], bundled.table[column], strict=True))
            known = samples.setdefault((column, *data), {})
            if what := first_other(column, values, known):
                yield Problem(what=what, where=where)
            for sample, value in values:
                known.setdefault(sample, (value, where))
        split, first = splits.setdefault((*data, *_rule(cell)), (identity.split, where))
        other = sorted(part for part in split.keys() & identity.split.keys() if split[part] != identity.split[part])
        if other:
            what = f"the part {other[0]!r} has other samples than in {first}, by the same rule on the same data"
            yield Problem(what=what, where=where)


def true_columns(identity: Identity) -> list[str]:
    """Return the columns of predictions with true votes or values; none where the target is a class."""
    return truth_columns(identity.classes) if identity.target else []


def first_other(column: str, values: Iterable[tuple[str, Any]], known: Mapping[str, tuple[Any, str]]) -> str:
    """Return a sentence about the first sample whose value is not the known one, which comes with its place; else nothing."""
    other = [(sample, value) for sample, value in values if sample in known and known[sample][0] != value]
    if not other:
        return ""
    sample, value = other[0]
    there, first = known[sample]
    others = f", and {len(other) - 1:,} more" if len(other) > 1 else ""
    return f"the {column} of sample {sample!r} is {value!r}, and {there!r} in {first}{others}"


def _rule(cell: Cell) -> tuple[str, ...]:
    """Return what decides, with the data, how a cell's samples are divided."""
    identity = cell.identity
    policies = sorted(identity.policies.items())
    return identity.protocol.model_dump_json(), str(policies), str(bool(identity.folds)), str(limit_of(cell.departures))


def with_board(name: str, opened: Opened, board: Path) -> Iterator[Problem]:
    """Yield what the bundle of a name says otherwise than a board; what it brought itself before, it may change."""
    receipts = read_receipts(board)
    own = receipts[name].files if name in receipts else {}
    for file, listed in opened.manifest.files.items():
        place = board / file
        if file not in own and place.is_file() and sha256(place.read_bytes()) != listed:
            whose = next((other for other, receipt in receipts.items() if file in receipt.files), None)
            came = f"came with the bundle {whose!r}" if whose else "is on the board"
            yield Problem(what=f"{came}, and is another there: a row has one result", where=file)
    trusted = {
        record.cell.id: Bundled(
            record, read_table((board / file_names(record.cell.id)[1]).read_bytes(), record.cell.identity)
        )
        for record in read_records(board)
        if record.status == "finished" and record.cell.id not in opened.manifest.cells
    }
    yield from among(opened.cells, trusted)
