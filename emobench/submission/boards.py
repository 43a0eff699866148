"""Putting bundles on a board: verified first, and with a receipt that says which rows came with which bundle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench import publishing
from emobench.errors import EmobenchError
from emobench.plugins import Registry, describe
from emobench.records import cell_folder
from emobench.storage import atomic
from emobench.submission import against_board
from emobench.submission.manifest import CELLS, MANIFEST, Manifest, come_again
from emobench.submission.receipts import FOLDER, Receipt, read_receipts, receipt_path, write_receipt
from emobench.submission.verifying import Examined, examine

KEPT = (CELLS, "attributes", "audits", FOLDER)
"""Folders that a board is made from."""


@dataclass(frozen=True)
class Added:
    """What adding bundles did.

    Attributes:
        written: the files of the boards, and the receipts, as far as they have another content now.
        rows: a line for each row that was not on the board before, see :class:`emobench.publishing.Published`.
        replaced: a line for each bundle that took the place of a former one.
    """

    written: tuple[Path, ...]
    rows: tuple[str, ...]
    replaced: tuple[str, ...]


def add(bundles: Sequence[Path], board: Path, registry: Registry, *, replace: bool = False) -> Added:
    """Verify bundles and add their rows to the boards in a folder, with a receipt of each bundle.

    A bundle of a name that is on the board already takes the place of the former one. A bundle that waits in the board's
    own folder ``bundles`` is removed once its receipt is there, for the two say the same.

    Everything is made in a copy first: where anything goes wrong, the board stays as it is.

    Args:
        bundles: zip files, or receipts of another board.
        board: the folder of boards; it need not be there yet.
        registry: of all that a bundle is verified with.
        replace: whether a bundle may leave out rows that came with the former one of its name; they are removed.

    Raises:
        EmobenchError: a bundle has a problem, has synthetic rows, contradicts what is on the board, would remove rows, or
            makes a board that cannot be written.
    """
    examined = [(path, examine(path, registry)) for path in bundles]
    for path, one in examined:
        _refuse(path, one)
    written: dict[Path, None] = {}
    rows: dict[str, None] = {}
    replaced: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "board"
        _copy(board, copy)
        for path, one in examined:
            assert one.manifest is not None
            _refuse_contradictions(path, one, one.manifest, copy)
            replaced += _remove_former(path, one, one.manifest, copy, replace)
            try:
                published = _publish(one, copy, registry)
            except EmobenchError:
                raise
            except Exception as error:  # whatever is in a bundle that nobody thought of, the board is not harmed
                raise EmobenchError(
                    f"not added: no board can be made with it: {describe(error)}", where=str(path), remedy=_REPORT
                ) from error
            written |= dict.fromkeys(published.files)
            rows |= dict.fromkeys(published.rows)
            receipt = Receipt(name=one.opened.name, sha256=one.opened.sha256, manifest=one.manifest)
            written[write_receipt(copy, receipt)] = None
        names = [path.relative_to(copy) for path in written]
        changed = [name for name in names if _content(copy / name) != _content(board / name)]
        _put_in_place(copy, board)
        for path, _ in examined:
            if path.suffix == ".zip" and path.absolute().parent == (board / FOLDER).absolute():
                path.unlink()
        return Added(tuple(board / name for name in changed), tuple(rows), tuple(replaced))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


_REPORT = "report it, with the bundle: emobench verify should have said what is wrong with it"


def _copy(board: Path, copy: Path) -> None:
    """Copy what a board keeps, and nothing else that may lie in its folder."""
    copy.mkdir()
    for name in KEPT:
        if (board / name).is_dir():
            shutil.copytree(board / name, copy / name)
    if (board / publishing.INDEX).is_file():
        shutil.copy2(board / publishing.INDEX, copy / publishing.INDEX)


def _put_in_place(copy: Path, board: Path) -> None:
    """Write what the copy has, and remove the cells and receipts that it has no more."""
    there = {name: {one.name for one in (copy / name).iterdir()} for name in KEPT if (copy / name).is_dir()}
    shutil.copytree(copy, board, dirs_exist_ok=True)
    for cell in (board / CELLS).iterdir():
        if cell.name not in there[CELLS]:
            shutil.rmtree(cell)


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
    for problem in against_board.contradictions(one.opened.name, manifest, one.cells, board):
        remedy = "leave the cell out, or add it with another seed; or see which of the two is wrong"
        raise EmobenchError(f"not added: {problem}", where=str(path), remedy=remedy)


def _remove_former(path: Path, one: Examined, manifest: Manifest, board: Path, replace: bool) -> list[str]:
    """Remove the cells of the bundle that was there under this name, unless they come again or other bundles hold them.

    Returns:
        What took whose place, in a line; nothing for a new name and for the very same rows.
    """
    name = one.opened.name
    receipts = read_receipts(board)
    kept = {cell.id for cell in manifest.cells}
    kept |= {cell.id for receipt in receipts if receipt.name != name for cell in receipt.manifest.cells}
    before = [receipt for receipt in receipts if receipt.name == name]
    former = {cell.id: cell.experiment for receipt in before for cell in receipt.manifest.cells}
    gone = sorted(former.keys() - kept)
    if gone and not replace:
        raise EmobenchError(
            f"not added: {len(gone)} rows of the bundle {name!r} that is on the board are not in this one, "
            f"e.g. {former[gone[0]]} ({gone[0]})",
            where=str(path),
            remedy="give it another name, or let it take the former one's place with --replace",
        )
    for cell in gone:
        shutil.rmtree(cell_folder(board, cell), ignore_errors=True)
    receipt_path(board, name).unlink(missing_ok=True)
    if not before or before[0].sha256 == one.opened.sha256:
        return []
    return [f"{name} takes the place of the former bundle of this name: {come_again(before[0].manifest, manifest)}"]


def _publish(one: Examined, board: Path, registry: Registry) -> publishing.Published:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in one.opened.files.items():
            if name != MANIFEST:
                with atomic(Path(folder) / name) as file:
                    file.write(content)
        located = [(cell_folder(Path(folder), cell), bundled.record) for cell, bundled in one.cells.items()]
        return publishing.publish(located, board, registry)
