"""Putting bundles on a board: verified first, and with a receipt that says which rows came with which bundle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from emobench.errors import EmobenchError
from emobench.plugins import Registry, describe
from emobench.publishing.boards import INDEX, Published, publish_again
from emobench.publishing.bundles.checks import agreement
from emobench.publishing.bundles.manifest import CELLS, RECEIPTS, Manifest, come_again, read_receipts
from emobench.publishing.bundles.reading import Opened
from emobench.publishing.bundles.report import Problem
from emobench.publishing.bundles.verifying import examine
from emobench.records import cell_folder, read_records
from emobench.storage import write_json

KEPT = (CELLS, "attributes", "audits", RECEIPTS)
"""Folders that a board is made from."""


def add(bundles: Sequence[Path], board: Path, registry: Registry, *, replace: bool = False) -> Published:
    """Verify bundles and add their rows to the boards in a folder, with a receipt of each bundle.

    A bundle of a name that is on the board already takes the place of the former one. A bundle that waits in the board's
    own folder ``bundles`` is removed once its receipt is there, for the cells are on the board then.

    Everything is made in a copy first: where anything goes wrong, the board stays as it is.

    Args:
        bundles: zip files, or receipts of another board.
        board: the folder of boards; it need not be there yet.
        registry: of all that a bundle is verified with.
        replace: whether a bundle may leave out rows that came with the former one of its name; they are removed.

    Returns:
        The files of the boards, and the receipts, that have another content now.

    Raises:
        EmobenchError: a bundle has a problem, has synthetic rows, contradicts what is on the board, would remove rows, or
            makes a board that cannot be written.
    """
    accepted = [(path, _accepted(path, registry)) for path in bundles]
    receipts: list[Path] = []
    replaced: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "board"
        _copy(board, copy)
        before = {record.cell.id for record in read_records(copy)}
        for path, opened in accepted:
            remedy = "leave the cell out, or add it with another seed; or see which of the two is wrong"
            _refuse(path, list(agreement.with_board(path.stem, opened, copy)), remedy)
            replaced += _remove_former(path, opened.manifest, copy, replace)
            for name, content in opened.files.items():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                (copy / name).write_bytes(content)
            receipts.append(copy / RECEIPTS / f"{path.stem}.json")
            write_json(receipts[-1], opened.manifest.model_dump(mode="json"))
        published = _publish(copy, registry, before, board, ", ".join(map(str, bundles)))
        names = [path.relative_to(copy) for path in dict.fromkeys((*published.files, *receipts))]
        changed = [name for name in names if _content(copy / name) != _content(board / name)]
        _put_in_place(copy, board)
    for path in bundles:
        if path.suffix == ".zip" and path.absolute().parent == (board / RECEIPTS).absolute():
            path.unlink()
    return Published(tuple(board / name for name in changed), published.rows, tuple(replaced))


def _accepted(path: Path, registry: Registry) -> Opened:
    """Return a bundle that a board may take: it verifies, and none of its rows is synthetic."""
    report, opened = examine(path, registry)
    _refuse(path, report.problems, f"see all of them with 'emobench verify {path}'")
    if any(bundled.record.cell.provenance == "synthetic" for bundled in opened.cells.values()):
        _refuse(path, [Problem(what="it has synthetic rows")], "pack rows on real data")
    return opened


def _refuse(path: Path, problems: Sequence[Problem], remedy: str) -> None:
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise EmobenchError(f"not added: {problems[0]}{more}", where=str(path), remedy=remedy)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _copy(board: Path, copy: Path) -> None:
    """Copy what a board keeps, and nothing else that may lie in its folder."""
    copy.mkdir()
    for name in KEPT:
        if (board / name).is_dir():
            shutil.copytree(board / name, copy / name)
    if (board / INDEX).is_file():
        shutil.copy2(board / INDEX, copy / INDEX)


def _put_in_place(copy: Path, board: Path) -> None:
    """Write what the copy has, and remove the cells that it has no more."""
    shutil.copytree(copy, board, dirs_exist_ok=True)
    for cell in (board / CELLS).iterdir():
        if not (copy / CELLS / cell.name).is_dir():
            shutil.rmtree(cell)


def _remove_former(path: Path, manifest: Manifest, board: Path, replace: bool) -> list[str]:
    """Remove the cells of the bundle that was there under this name, unless they come again or other bundles hold them.

    Returns:
        What took whose place, in a line; nothing for a new name and for the very same rows.
    """
    receipts = read_receipts(board)
    former = receipts.pop(path.stem, manifest)
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
    if former == manifest:
        return []
    return [f"{path.stem} takes the place of the former bundle of this name: {come_again(former, manifest)}"]


def _publish(copy: Path, registry: Registry, before: Collection[str], board: Path, where: str) -> Published:
    try:
        return publish_again(copy, registry, before, place=board)
    except EmobenchError:
        raise
    except Exception as error:  # whatever is in a bundle that nobody thought of, the board is not harmed
        what = f"no board can be made with it: {describe(error)}"
        remedy = "report it, with the bundle: emobench verify should have said what is wrong with it"
        raise EmobenchError(f"not added: {what}", where=where, remedy=remedy) from error
