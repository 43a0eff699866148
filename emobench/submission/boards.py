"""Putting bundles on a board: verified first, and with a receipt that says which rows came with which bundle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from emobench import publishing
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.records import atomic, cell_folder, read_records
from emobench.submission import checks, relations
from emobench.submission.checks import Bundled
from emobench.submission.manifest import MANIFEST, PREDICTIONS, Manifest
from emobench.submission.receipts import FOLDER, Receipt, read_receipts, receipt_path, write_receipt
from emobench.submission.verifying import Examined, examine


def add(bundles: Sequence[Path], board: Path, registry: Registry) -> list[Path]:
    """Verify bundles and add their rows to the boards in a folder, with a receipt of each bundle.

    A bundle of a name that is on the board already takes the place of the former one. A bundle that waits in the board's
    own folder ``bundles`` is removed once its receipt is there, for the two say the same.

    Returns:
        The files of the boards, and the receipts.

    Raises:
        EmobenchError: a bundle has a problem, has synthetic rows, or contradicts what is on the board. Nothing is
            written for any of them if one has a problem of its own.
    """
    examined = [(path, examine(path, registry)) for path in bundles]
    for path, one in examined:
        _refuse(path, one)
    written: dict[Path, None] = {}
    for path, one in examined:
        assert one.manifest is not None
        _refuse_contradictions(path, one, one.manifest, board)
        _remove_former(one.opened.name, one.manifest, board)
        written |= dict.fromkeys(_publish(one, board, registry))
        receipt = Receipt(name=one.opened.name, sha256=one.opened.sha256, manifest=one.manifest)
        written[write_receipt(board, receipt)] = None
        if path.suffix == ".zip" and path.absolute().parent == (board / FOLDER).absolute():
            path.unlink()
    return list(written)


def _refuse(path: Path, one: Examined) -> None:
    if one.report.problems:
        first, *others = one.report.problems
        more = f" (and {len(others)} more problems)" if others else ""
        raise EmobenchError(
            f"not added: {first}{more}", where=str(path), remedy=f"see all of them with 'emobench verify {path}'"
        )
    if any(bundled.record.cell.provenance == "synthetic" for bundled in one.cells.values()):
        raise EmobenchError("not added: it has synthetic rows", where=str(path), remedy="pack rows on real data")


def _refuse_contradictions(path: Path, one: Examined, manifest: Manifest, board: Path) -> None:
    """Refuse a bundle that has another result for a row of another bundle, or other labels than the board."""
    for receipt in read_receipts(board):
        theirs = receipt.manifest.files
        other = sorted(
            name for name in manifest.files if theirs.get(name, manifest.files[name]) != manifest.files[name]
        )
        if receipt.name != one.opened.name and other:
            raise EmobenchError(
                f"not added: {other[0]} came with the bundle {receipt.name!r}, and is another there",
                where=str(path),
                remedy="a row has one result: leave the cell out, or add it with another seed",
            )
    there = [(f"the board's cells/{cell}", bundled) for cell, bundled in _on(board, manifest).items()]
    here = [(f"cells/{cell}", bundled) for cell, bundled in one.cells.items()]
    for faults in (relations.label_faults, relations.split_faults):
        for where, what in faults([*there, *here]):
            raise EmobenchError(f"not added: {where}: {what}", where=str(path), remedy="see which of the two is wrong")


def _on(board: Path, manifest: Manifest) -> dict[str, Bundled]:
    """Return the results on a board that a bundle does not bring itself."""
    brought = {cell.id for cell in manifest.cells}
    results = [one for one in read_records(board) if one.status == "finished" and one.cell.id not in brought]
    return {
        record.cell.id: Bundled(record, checks.read_table(content, record.cell.identity.classes))
        for record in results
        for content in [(cell_folder(board, record.cell.id) / PREDICTIONS).read_bytes()]
    }


def _remove_former(name: str, manifest: Manifest, board: Path) -> None:
    """Remove the cells of the bundle that was there under this name, unless they come again or other bundles hold them."""
    receipts = read_receipts(board)
    kept = {cell.id for cell in manifest.cells}
    kept |= {cell.id for receipt in receipts if receipt.name != name for cell in receipt.manifest.cells}
    former = {cell.id for receipt in receipts if receipt.name == name for cell in receipt.manifest.cells}
    for cell in sorted(former - kept):
        shutil.rmtree(cell_folder(board, cell), ignore_errors=True)
    receipt_path(board, name).unlink(missing_ok=True)


def _publish(one: Examined, board: Path, registry: Registry) -> list[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in one.opened.files.items():
            if name != MANIFEST:
                with atomic(Path(folder) / name) as file:
                    file.write(content)
        located = [(cell_folder(Path(folder), cell), bundled.record) for cell, bundled in one.cells.items()]
        return publishing.publish(located, board, registry)
