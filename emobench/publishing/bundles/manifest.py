"""The table of contents of a bundle, ``bundle.json``.

A board keeps that of every bundle that it took, as ``bundles/<name>.json``: the receipt.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from emobench.errors import EmobenchError
from emobench.records import Frozen

SCHEMA_VERSION = 2
MANIFEST = "bundle.json"
CELLS = "cells"
RECEIPTS = "bundles"

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
"""What a bundle, and a suite in one, may be called: the name becomes that of files."""


class DatasetSource(Frozen):
    """Where the samples behind the predictions come from, as the dataset's plugin states it."""

    title: str
    license: str
    homepage: str
    citation: str


class BundledCell(Frozen):
    """One cell of a bundle, with the sha256 of its two files."""

    suite: str
    experiment: str
    record: str
    predictions: str


class Manifest(Frozen):
    """The table of contents of a bundle.

    Attributes:
        schema_version: of the bundle's format.
        emobench: version of the harness that packed it.
        contains: says that there are no media in it.
        cells: by id.
        datasets: by name; ``None`` where no plugin of that name was installed.
    """

    schema_version: int = SCHEMA_VERSION
    emobench: str
    contains: Literal["records and predictions; no media"] = "records and predictions; no media"
    cells: dict[Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")], BundledCell]
    datasets: dict[str, DatasetSource | None]

    @property
    def files(self) -> dict[str, str]:
        """The sha256 of every other file in the bundle, by its name there."""
        hashes: dict[str, str] = {}
        for cell, listed in self.cells.items():
            hashes |= dict(zip(file_names(cell), (listed.record, listed.predictions), strict=True))
        return hashes


def file_names(cell: str) -> tuple[str, str]:
    """Return the names of a cell's record and predictions in a bundle."""
    return f"{CELLS}/{cell}/record.json", f"{CELLS}/{cell}/predictions.parquet"


def sha256(content: bytes) -> str:
    """Return the hexadecimal digest."""
    return hashlib.sha256(content).hexdigest()


def parse_manifest(content: bytes, where: str = MANIFEST) -> Manifest:
    """Read a ``bundle.json``, or the receipt of one.

    Raises:
        EmobenchError: it is none, one of another schema version, or has no cell.
    """
    try:
        fields = json.loads(content) if content else None
        version = fields.get("schema_version") if isinstance(fields, dict) else None
        if not content:
            what = "there is no table of contents"
        elif version != SCHEMA_VERSION:
            what = f"bundle schema version {version!r} is unknown, this emobench reads {SCHEMA_VERSION}"
        else:
            manifest = Manifest.model_validate(fields)
            if manifest.cells:
                return manifest
            what = "there is no cell in it"
    except (ValueError, RecursionError) as error:
        what = f"not the table of contents of a bundle: {str(error).splitlines()[0]}"
    raise EmobenchError(what, where=where, remedy="pack the results again: emobench bundle")


def bundle_name(path: Path) -> str:
    """Return a bundle's name, which is that of its file.

    Raises:
        EmobenchError: it cannot be the name of files.
    """
    if not NAME.fullmatch(path.stem):
        remedy = "use lower-case letters, digits, dots, hyphens and underscores"
        raise EmobenchError(f"{path.stem!r} cannot be the name of a bundle", where=str(path), remedy=remedy)
    return path.stem


def read_receipts(board: Path) -> dict[str, Manifest]:
    """Read the receipts of a board, by the names of their bundles; none in a folder that is no board.

    Raises:
        EmobenchError: one is no receipt, or of another schema version.
    """
    paths = sorted((board / RECEIPTS).glob("*.json"))
    return {path.stem: parse_manifest(path.read_bytes(), str(path)) for path in paths}


def come_again(former: Manifest, now: Manifest) -> str:
    """Say how many rows of a bundle's former version are in the one that takes its place."""
    return f"{len(former.cells.keys() & now.cells)} of its {len(former.cells)} rows come again"
