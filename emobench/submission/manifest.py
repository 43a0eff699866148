"""What a bundle says of itself: its table of contents, ``bundle.json``."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from emobench.cells import Frozen
from emobench.errors import EmobenchError
from emobench.storage import json_bytes

SCHEMA_VERSION = 1
MANIFEST = "bundle.json"
RECORD, PREDICTIONS = "record.json", "predictions.parquet"
CELLS = "cells"
NO_MEDIA = "records and predictions; no media"

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
"""What a bundle, and a suite in one, may be called: the name becomes that of files."""

MEMBER = re.compile(rf"cells/([0-9a-f]{{16}})/({re.escape(RECORD)}|{re.escape(PREDICTIONS)})")
"""What a bundle may hold beside its manifest."""

# The first that a zip can state. A real one would make other bytes of the same results.
_ANY_TIME = (1980, 1, 1, 0, 0, 0)


class DatasetSource(Frozen):
    """Where the samples behind the predictions come from, as the dataset's plugin states it."""

    title: str
    license: str
    homepage: str
    citation: str


class BundledCell(Frozen):
    """One cell of a bundle."""

    id: str
    suite: str
    experiment: str


class Manifest(Frozen):
    """The table of contents of a bundle.

    Attributes:
        schema_version: of the bundle's format.
        emobench: version of the harness that packed it.
        created: when the last of its cells was finished, UTC, ISO 8601; the same results make the same bundle at any time.
        contains: says that there are no media in it.
        suites: name to title.
        cells: sorted by id; each has a record and predictions.
        files: sha256 of every other file in the bundle, by its name there.
        datasets: by name; ``None`` where no plugin of that name was installed.
    """

    schema_version: int = SCHEMA_VERSION
    emobench: str
    created: str
    contains: str = NO_MEDIA
    suites: dict[str, str]
    cells: tuple[BundledCell, ...]
    files: dict[str, str]
    datasets: dict[str, DatasetSource | None]


def come_again(former: Manifest, now: Manifest) -> str:
    """Say how many rows of a bundle's former version are in the one that takes its place."""
    before, here = ({cell.id for cell in one.cells} for one in (former, now))
    return f"{len(before & here)} of its {len(before)} rows come again"


def sha256(content: bytes) -> str:
    """Return the hexadecimal digest."""
    return hashlib.sha256(content).hexdigest()


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return a manifest as its file holds it."""
    return json_bytes(manifest.model_dump(mode="json"))


def parse_manifest(content: bytes) -> Manifest:
    """Read a ``bundle.json``.

    Raises:
        EmobenchError: it is none, or one of another schema version.
    """
    try:
        fields = json.loads(content)
        version = fields.get("schema_version") if isinstance(fields, dict) else None
        if version != SCHEMA_VERSION:
            raise EmobenchError(f"bundle schema version {version!r} is unknown, this emobench reads {SCHEMA_VERSION}")
        return Manifest.model_validate(fields)
    except (ValueError, RecursionError) as error:
        raise EmobenchError(f"not the table of contents of a bundle: {str(error).splitlines()[0]}") from error


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return the one zip file that has this content: sorted names, one time, nothing compressed.

    Parquet is compressed already. What is stored as it is has the same bytes whatever the version of zlib, and can become
    no larger than the file.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ANY_TIME)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, files[name])
    return file.getvalue()


def bundle_name(path: Path) -> str:
    """Return a bundle's name, which is that of its file.

    Raises:
        EmobenchError: it cannot be the name of files.
    """
    if not NAME.fullmatch(path.stem):
        raise EmobenchError(
            f"{path.stem!r} cannot be the name of a bundle",
            where=str(path),
            remedy="use lower-case letters, digits, dots, hyphens and underscores",
        )
    return path.stem
