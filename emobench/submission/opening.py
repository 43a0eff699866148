"""Opening a bundle from anywhere, without trust: nothing is written, and no more is read than a bundle may hold."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import EmobenchError
from emobench.submission.manifest import MANIFEST, MEMBER, Manifest, bundle_name, parse_manifest, sha256
from emobench.submission.report import Problem

MOST_BYTES = 200_000_000
"""Of a bundle: some 2,000 cells with 7,000 predictions each. It is read into memory as a whole."""
_RATIO = 100
"""Bytes that one byte of a compressed bundle may become. Records become some 20."""

_CORRUPT = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Opened:
    """A bundle as far as it could be read.

    Attributes:
        manifest: its table of contents, if there is one.
        files: name to content, without the table of contents.
        problems: why some files, or all, are not among them, or not as they are listed.
    """

    manifest: Manifest | None
    files: dict[str, bytes]
    problems: tuple[Problem, ...]


class _RefusedError(Exception):
    """The archive is none that is read."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def open_bundle(path: Path) -> Opened:
    """Open a bundle: its zip file, or the receipt (``.json``) that a board keeps of it.

    Raises:
        EmobenchError: there is no such file, or its name cannot be a bundle's.
    """
    bundle_name(path)
    try:
        content = path.read_bytes() if path.suffix == ".json" else None
        files = _unzipped(path) if content is None else {}
    except OSError as error:
        raise EmobenchError(
            f"cannot read the bundle: {error.strerror}", where=str(path), remedy="check the path"
        ) from error
    except _RefusedError as error:
        return Opened(None, {}, error.problems)
    try:
        manifest = parse_manifest(files.pop(MANIFEST) if content is None else content)
    except EmobenchError as error:
        return Opened(None, {}, (Problem(what=error.what, where=MANIFEST),))
    if content is not None:
        files = _on_board(path.absolute().parent.parent, manifest)
    return Opened(manifest, files, tuple(_inventory(manifest, files)))


def _unzipped(path: Path) -> dict[str, bytes]:
    size = path.stat().st_size
    if size > MOST_BYTES:
        what = f"{size / 1e6:,.0f} MB; a bundle has at most {MOST_BYTES / 1e6:,.0f}"
        raise _RefusedError(Problem(what=what))
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if problems := [Problem(what=what, where=where) for where, what in _faults(entries, size)]:
                raise _RefusedError(*problems)
            if MANIFEST not in archive.namelist():
                raise _RefusedError(Problem(what="there is no table of contents in it", where=MANIFEST))
            return {entry.filename: _content(archive, entry) for entry in entries}
    except _CORRUPT as error:
        raise _RefusedError(Problem(what=f"a damaged archive, or none ({error})")) from error


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read a member, and of one that is larger than it says no more than that; its checksum is wrong then."""
    with archive.open(entry) as file:
        return file.read(entry.file_size + 1)


def _faults(entries: list[zipfile.ZipInfo], size: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the members by what the archive says of them; nothing is read before that."""
    seen: set[str] = set()
    for entry in entries:
        if entry.filename != MANIFEST and not MEMBER.fullmatch(entry.filename):
            yield entry.filename, f"does not belong in a bundle, which holds {MANIFEST}, records and predictions"
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            yield entry.filename, "is a link, or no plain file"
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield entry.filename, "is compressed in a way that is not read"
        if entry.filename in seen:
            yield entry.filename, "is there twice"
        seen.add(entry.filename)
    total = sum(entry.file_size for entry in entries)
    if total > min(MOST_BYTES, _RATIO * size):
        yield "", f"its content would be {total / 1e6:,.1f} MB, too much for a file of {size / 1e6:,.1f} MB"


def _on_board(board: Path, manifest: Manifest) -> dict[str, bytes]:
    """Read the files of a bundle that a board took, from the cells on it."""
    places = {name: board / name for name in manifest.files}
    return {
        name: place.read_bytes()
        for name, place in places.items()
        if place.is_file() and not place.is_symlink() and place.stat().st_size <= MOST_BYTES
    }


def _inventory(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield files that are missing, extra or changed."""
    listed = manifest.files
    yield from (Problem(what="is listed, and not there", where=name) for name in sorted(listed.keys() - files))
    yield from (Problem(what="is there, and not listed", where=name) for name in sorted(files.keys() - listed))
    for name in sorted(listed.keys() & files):
        if (found := sha256(files[name])) != listed[name]:
            yield Problem(what=f"has the sha256 {found}, listed is {listed[name]}", where=name)
