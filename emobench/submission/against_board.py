"""Cells of a bundle beside the board that they are for: another result of a row, other data, labels or splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emobench.records import cell_folder, read_records
from emobench.submission import checks, relations
from emobench.submission.checks import Bundled
from emobench.submission.manifest import PREDICTIONS, Manifest, sha256
from emobench.submission.receipts import read_receipts
from emobench.submission.report import Problem


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
    for faults in (relations.content_faults, relations.label_faults, relations.split_faults):
        yield from (Problem(what=what, where=where) for where, what in faults([*there, *here]))


def _other_results(name: str, manifest: Manifest, board: Path) -> Iterator[Problem]:
    receipts = read_receipts(board)
    own = {file for receipt in receipts if receipt.name == name for file in receipt.manifest.files}
    for file, wanted in manifest.files.items():
        place = board / file
        if file not in own and place.is_file() and sha256(place.read_bytes()) != wanted:
            whose = [receipt.name for receipt in receipts if file in receipt.manifest.files]
            came = f"came with the bundle {whose[0]!r}" if whose else "is on the board"
            yield Problem(what=f"{came}, and is another there: a row has one result", where=file)


def _on(board: Path, manifest: Manifest) -> dict[str, Bundled]:
    """Return the results on a board that a bundle does not bring itself."""
    brought = {cell.id for cell in manifest.cells}
    results = [one for one in read_records(board) if one.status == "finished" and one.cell.id not in brought]
    return {
        record.cell.id: Bundled(record, checks.read_table(content, record.cell.identity.classes))
        for record in results
        for content in [(cell_folder(board, record.cell.id) / PREDICTIONS).read_bytes()]
    }
