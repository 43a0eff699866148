"""Opening a bundle from anywhere, without trust: nothing is written, nothing becomes larger than the file."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import EmobenchError
from emobench.submission.manifest import MANIFEST, MEMBER, bundle_name, manifest_bytes, sha256, zip_bytes
from emobench.submission.receipts import read_receipt
from emobench.submission.report import Problem

MOST_BYTES = 200_000_000
"""Of a bundle: some 2,000 cells with 7,000 predictions each. It is read into memory as a whole."""

_CORRUPT = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Opened:
    """A bundle as far as it could be read.

    Attributes:
        name: of the bundle.
        sha256: of its zip file.
        files: name to content.
        problems: why some files, or all, are not among them.
    """

    name: str
    sha256: str
    files: dict[str, bytes]
    problems: tuple[Problem, ...] = ()


def open_bundle(path: Path) -> Opened:
    """Open a bundle: its zip file, or the receipt (``.json``) that a board keeps of it.

    Raises:
        EmobenchError: there is no such file, its name cannot be a bundle's, or a receipt cannot be read.
    """
    bundle_name(path)
    try:
        return _from_board(path) if path.suffix == ".json" else _from_zip(path)
    except OSError as error:
        raise EmobenchError(
            f"cannot read the bundle: {error.strerror}", where=str(path), remedy="check the path"
        ) from error


def _from_zip(path: Path) -> Opened:
    size = path.stat().st_size
    if size > MOST_BYTES:
        what = f"{size / 1e6:,.0f} MB; a bundle has at most {MOST_BYTES / 1e6:,.0f}"
        return Opened(path.stem, "", {}, (Problem(what=what),))
    content = path.read_bytes()
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            problems = [Problem(what=what, where=where) for where, what in _faults(entries, size)]
            if not problems:
                files = {entry.filename: archive.read(entry) for entry in entries}
    except _CORRUPT as error:
        problems = [Problem(what=f"a damaged archive, or none ({error})")]
    if not problems and zip_bytes(files) != content:
        problems = [Problem(what="not the bytes that 'emobench bundle' writes for what is in it")]
    return Opened(path.stem, sha256(content), files, tuple(problems))


def _faults(entries: list[zipfile.ZipInfo], size: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the members by what the archive says of them; nothing is read before that."""
    seen: set[str] = set()
    for entry in entries:
        for what in _faults_of(entry):
            yield entry.filename, what
        if entry.filename in seen:
            yield entry.filename, "is there twice"
        seen.add(entry.filename)
    total = sum(entry.file_size for entry in entries)
    if total > size:
        yield "", f"its content would be {total / 1e6:,.1f} MB, more than the file of {size / 1e6:,.1f} MB"


def _faults_of(entry: zipfile.ZipInfo) -> Iterator[str]:
    name = entry.filename.replace("\\", "/")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        yield "the name leads out of the bundle"
    elif name != MANIFEST and not MEMBER.fullmatch(entry.filename):
        yield f"does not belong into a bundle, which holds {MANIFEST}, records and predictions"
    if kind not in (0, stat.S_IFREG):
        yield "is a link" if kind == stat.S_IFLNK else "is no plain file"
    if entry.flag_bits & 0x1:
        yield "is encrypted"
    elif entry.compress_type != zipfile.ZIP_STORED:
        yield "is compressed; 'emobench bundle' stores files as they are"


def _from_board(path: Path) -> Opened:
    """Put a bundle together from its receipt and the cells that lie beside it on the board."""
    receipt = read_receipt(path)
    board = path.absolute().parent.parent
    files = {MANIFEST: manifest_bytes(receipt.manifest)}
    problems = []
    for name in receipt.manifest.files:
        if not MEMBER.fullmatch(name):
            problems.append(Problem(what="does not belong into a bundle", where=name))
        elif (place := board / name).is_symlink() or not place.is_file():
            problems.append(Problem(what="is not on the board", where=name))
        elif place.stat().st_size > MOST_BYTES:
            problems.append(Problem(what="is too large", where=name))
        else:
            files[name] = place.read_bytes()
    if receipt.name != path.stem:
        problems.append(Problem(what=f"the receipt is of the bundle {receipt.name!r}"))
    found = sha256(zip_bytes(files))
    if not problems and found != receipt.sha256:
        problems.append(Problem(what=f"the board gives a bundle of sha256 {found}, the receipt has {receipt.sha256}"))
    return Opened(path.stem, found, files, tuple(problems))
