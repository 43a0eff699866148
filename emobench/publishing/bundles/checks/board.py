"""Cells of a bundle beside the board that they are for: another result of a row, other data, labels or splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emobench.publishing.bundles.checks import agreement
from emobench.publishing.bundles.checks.read import Bundled, read_table
from emobench.publishing.bundles.manifest import PREDICTIONS, Manifest, read_receipts, sha256
from emobench.publishing.bundles.report import Problem
from emobench.records import cell_folder, read_records


def contradictions(name: str, manifest: Manifest, cells: Mapping[str, Bundled], board: Path) -> Iterator[Problem]:
    """Yield what a bundle says otherwise than a board; what it brought itself before, it may change.

    Args:
        name: of the bundle.
        manifest: its table of contents.
        cells: its cells, by id.
        board: the folder of boards.
    """
    yield from _other_results(name, manifest, board)
    there = [(f"the board's cells/{cell}", bundled) for cell, bundled in _on(board, manifest).items()]
    here = [(f"cells/{cell}", bundled) for cell, bundled in cells.items()]
    yield from (Problem(what=what, where=where) for where, what in agreement.contradictions([*there, *here]))


def _other_results(name: str, manifest: Manifest, board: Path) -> Iterator[Problem]:
    receipts = read_receipts(board)
    own = receipts[name].files if name in receipts else {}
    for file, listed in manifest.files.items():
        place = board / file
        if file not in own and place.is_file() and sha256(place.read_bytes()) != listed:
            whose = next((other for other, receipt in receipts.items() if file in receipt.files), None)
            came = f"came with the bundle {whose!r}" if whose else "is on the board"
            yield Problem(what=f"{came}, and is another there: a row has one result", where=file)


def _on(board: Path, manifest: Manifest) -> dict[str, Bundled]:
    """Return the results on a board that a bundle does not bring itself."""
    results = [
        record for record in read_records(board) if record.status == "finished" and record.cell.id not in manifest.cells
    ]
    tables = {record.cell.id: cell_folder(board, record.cell.id) / PREDICTIONS for record in results}
    return {
        record.cell.id: Bundled(record, read_table(tables[record.cell.id].read_bytes(), record.cell.identity.classes))
        for record in results
    }
