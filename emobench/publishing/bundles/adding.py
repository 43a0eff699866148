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
from emobench.publishing.bundles.checks.board import contradictions
from emobench.publishing.bundles.manifest import (
    CELLS,
    RECEIPTS,
    Manifest,
    come_again,
    read_receipts,
    receipt_path,
    write_receipt,
)
from emobench.publishing.bundles.verifying import Examined, examine
from emobench.records import cell_folder

KEPT = (CELLS, "attributes", "audits", RECEIPTS)
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
    own folder ``bundles`` is removed once its receipt is there, for the cells are on the board then.

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
    manifests = [_accepted(path, bundle) for path, bundle in examined]
    written: dict[Path, None] = {}
    rows: dict[str, None] = {}
    replaced: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "board"
        _copy(board, copy)
        for (path, bundle), manifest in zip(examined, manifests, strict=True):
            _refuse_contradictions(path, bundle, manifest, copy)
            replaced += _remove_former(path, manifest, copy, replace)
            published = _publish(path, bundle, copy, registry)
            written |= dict.fromkeys((*published.files, write_receipt(copy, path.stem, manifest)))
            rows |= dict.fromkeys(published.rows)
        names = [path.relative_to(copy) for path in written]
        changed = [name for name in names if _content(copy / name) != _content(board / name)]
        _put_in_place(copy, board)
    for path in bundles:
        if path.suffix == ".zip" and path.absolute().parent == (board / RECEIPTS).absolute():
            path.unlink()
    return Added(tuple(board / name for name in changed), tuple(rows), tuple(replaced))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _copy(board: Path, copy: Path) -> None:
    """Copy what a board keeps, and nothing else that may lie in its folder."""
    copy.mkdir()
    for name in KEPT:
        if (board / name).is_dir():
            shutil.copytree(board / name, copy / name)
    if (board / publishing.INDEX).is_file():
        shutil.copy2(board / publishing.INDEX, copy / publishing.INDEX)


def _put_in_place(copy: Path, board: Path) -> None:
    """Write what the copy has, and remove the cells that it has no more."""
    shutil.copytree(copy, board, dirs_exist_ok=True)
    for cell in (board / CELLS).iterdir():
        if not (copy / CELLS / cell.name).is_dir():
            shutil.rmtree(cell)


def _accepted(path: Path, bundle: Examined) -> Manifest:
    """Return the table of contents of a bundle that a board may take.

    Raises:
        EmobenchError: it has a problem, or synthetic rows.
    """
    if bundle.report.problems or bundle.opened.manifest is None:
        first, *others = bundle.report.problems
        more = f" (and {len(others)} more problems)" if others else ""
        raise EmobenchError(
            f"not added: {first}{more}", where=str(path), remedy=f"see all of them with 'emobench verify {path}'"
        )
    if any(bundled.record.cell.provenance == "synthetic" for bundled in bundle.cells.values()):
        raise EmobenchError("not added: it has synthetic rows", where=str(path), remedy="pack rows on real data")
    return bundle.opened.manifest


def _refuse_contradictions(path: Path, bundle: Examined, manifest: Manifest, board: Path) -> None:
    for problem in contradictions(path.stem, manifest, bundle.cells, board):
        remedy = "leave the cell out, or add it with another seed; or see which of the two is wrong"
        raise EmobenchError(f"not added: {problem}", where=str(path), remedy=remedy)


def _remove_former(path: Path, manifest: Manifest, board: Path, replace: bool) -> list[str]:
    """Remove the cells of the bundle that was there under this name, unless they come again or other bundles hold them.

    Returns:
        What took whose place, in a line; nothing for a new name and for the very same rows.
    """
    receipts = read_receipts(board)
    former = receipts.pop(path.stem, None)
    if former is None:
        return []
    gone = sorted(former.cells.keys() - manifest.cells - {cell for other in receipts.values() for cell in other.cells})
    if gone and not replace:
        raise EmobenchError(
            f"not added: {len(gone)} rows of the bundle {path.stem!r} that is on the board are not in this one, "
            f"e.g. {former.cells[gone[0]].experiment} ({gone[0]})",
            where=str(path),
            remedy="give it another name, or let it take the former one's place with --replace",
        )
    for cell in gone:
        shutil.rmtree(cell_folder(board, cell), ignore_errors=True)
    receipt_path(board, path.stem).unlink()
    if former == manifest:
        return []
    return [f"{path.stem} takes the place of the former bundle of this name: {come_again(former, manifest)}"]


def _publish(path: Path, bundle: Examined, board: Path, registry: Registry) -> publishing.Published:
    """Write the boards with the cells of a bundle.

    Raises:
        EmobenchError: no board can be made with them.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, content in bundle.opened.files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        located = [(cell_folder(Path(folder), cell), bundled.record) for cell, bundled in bundle.cells.items()]
        try:
            return publishing.publish(located, board, registry)
        except EmobenchError:
            raise
        except Exception as error:  # whatever is in a bundle that nobody thought of, the board is not harmed
            raise EmobenchError(
                f"not added: no board can be made with it: {describe(error)}",
                where=str(path),
                remedy="report it, with the bundle: emobench verify should have said what is wrong with it",
            ) from error
