"""What a board keeps of a bundle: its table of contents and its hash.

A bundle is nothing but its table of contents and the records and predictions that lie on the board anyway, and its bytes
follow from these. So the board keeps a receipt, from which the bundle can be made again bit for bit, and not every
prediction twice.
"""

from __future__ import annotations

import json
from pathlib import Path

from emobench.cells import Frozen
from emobench.errors import EmobenchError
from emobench.storage import write_json
from emobench.submission.manifest import Manifest

FOLDER = "bundles"
SCHEMA_VERSION = 1


class Receipt(Frozen):
    """A bundle that is on a board.

    Attributes:
        schema_version: of this file format.
        name: of the bundle.
        sha256: of the bundle's zip file.
        manifest: its table of contents.
    """

    schema_version: int = SCHEMA_VERSION
    name: str
    sha256: str
    manifest: Manifest


def receipt_path(board: Path, name: str) -> Path:
    """Return where a board keeps the receipt of a bundle."""
    return board / FOLDER / f"{name}.json"


def read_receipts(board: Path) -> list[Receipt]:
    """Read the receipts of a board, by name; none in a folder that is no board."""
    return [read_receipt(path) for path in sorted((board / FOLDER).glob("*.json"))]


def read_receipt(path: Path) -> Receipt:
    """Read a receipt.

    Raises:
        EmobenchError: it is none, or one of another schema version.
    """
    try:
        fields = json.loads(path.read_bytes())
        version = fields.get("schema_version") if isinstance(fields, dict) else None
        if version != SCHEMA_VERSION:
            raise EmobenchError(
                f"receipt schema version {version!r} is unknown, this emobench reads {SCHEMA_VERSION}", where=str(path)
            )
        return Receipt.model_validate(fields)
    except (OSError, ValueError, RecursionError) as error:
        raise EmobenchError(
            f"not the receipt of a bundle: {str(error).splitlines()[0]}",
            where=str(path),
            remedy="add the bundle again: emobench leaderboard --add",
        ) from error


def write_receipt(board: Path, receipt: Receipt) -> Path:
    """Write a receipt and return where it is."""
    path = receipt_path(board, receipt.name)
    write_json(path, receipt.model_dump(mode="json"))
    return path
