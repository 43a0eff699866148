"""Archives from elsewhere, unpacked without trust: nothing leaves the folder, and nothing fills the disk.

A zip says of each member how large it is, and may lie: sizes are checked before anything is written, and bytes are counted
while they are. The filter ``data`` of :mod:`tarfile` alone would not do: it counts no bytes, changes names and lets links
pass. The standard library keeps a tar's extended headers in memory, however large they are; that is not guarded against.
"""

from __future__ import annotations

import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from lzma import LZMAError
from pathlib import Path
from typing import IO, NamedTuple

from emobench.errors import EmobenchError
from emobench.storage import need_space

_RATIO = 200
"""Bytes that one byte of an archive may become. Recorded sound and pictures become fewer than 10; zeros, some 1,000."""
_HARMLESS = 100_000_000
"""Bytes that any archive, or member of one, may become: short members of digital silence are packed very tightly."""
_MEMBERS = 500_000
_CHUNK = 1 << 12
"""Bytes read at once; of bzip2 and LZMA, so many packed ones are unpacked at once, and may become 80 MB in memory."""
_ZIP_KINDS = {0: "", stat.S_IFREG: "", stat.S_IFDIR: "", stat.S_IFLNK: "a link"}
"""What is wrong with a member of this kind; 0 in archives made where there are no kinds."""
_CORRUPT = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, struct.error, NotImplementedError, ValueError,
)  # fmt: skip


class ArchiveError(EmobenchError):
    """The archive itself is bad: damaged, or made to do harm."""


class _Member(NamedTuple):
    name: str
    place: Path
    is_folder: bool
    open: Callable[[], IO[bytes] | None]


def unpack(archive: Path, folder: Path, most: int | None = None) -> None:
    """Unpack a zip or tar archive into an existing folder, with plain files and folders only.

    Args:
        archive: which of the two it is shows in its content.
        folder: where to; what is written when an error is raised, the caller throws away.
        most: bytes that its content may have; 200 times the archive's size, or 100 MB, if not given.

    Raises:
        ArchiveError: it is damaged, encrypted or no archive; a name leads out of the folder; a member is a link or a device,
            or is there twice; its content is too large.
        EmobenchError: there is no room for its content.
        OSError: it cannot be read, or the folder cannot be written.
    """
    allowed = max(_RATIO * archive.stat().st_size, _HARMLESS) if most is None else most
    try:
        with archive.open("rb") as file:
            head = file.read(15)
            file.seek(0)
            if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                with zipfile.ZipFile(file) as opened:
                    _check_sizes(opened.infolist(), folder, allowed)
                    # A list: every name is checked before anything is written.
                    _write([_of_zip(folder, opened, entry) for entry in opened.infolist()], allowed)
            else:
                with tarfile.open(fileobj=file, mode="r|*") as tar:
                    _write((_of_tar(folder, tar, entry) for entry in tar), allowed)
    except ArchiveError as refusal:
        raise ArchiveError(f"refused: {refusal.what}", where=archive.name) from refusal
    except _CORRUPT as error:
        page = head.lstrip().lower().startswith((b"<!doctype", b"<html"))
        what = "a web page, not an archive" if page else f"a damaged archive, or none ({error})"
        raise ArchiveError(what, where=archive.name) from error


def _of_zip(folder: Path, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Member:
    fault = _ZIP_KINDS.get(stat.S_IFMT(entry.external_attr >> 16), "no plain file")
    place = _place(folder, entry.filename, "encrypted" if entry.flag_bits & 0x1 else fault)
    return _Member(entry.filename, place, entry.is_dir(), lambda: opened.open(entry))


def _of_tar(folder: Path, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> _Member:
    fault = "a link" if entry.issym() or entry.islnk() else "no plain file"
    place = _place(folder, entry.name, "" if entry.isreg() or entry.isdir() else fault)
    return _Member(entry.name, place, entry.isdir(), lambda: tar.extractfile(entry))


def _place(folder: Path, name: str, fault: str) -> Path:
    """Return where a member belongs; a backslash separates folders too, as it does where some archives are made."""
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or any(re.match("[A-Za-z]:", part) for part in parts) or "\0" in path:
        raise ArchiveError(f"the name {name!r} leads out of the folder")
    if fault:
        raise ArchiveError(f"{name!r} is {fault}")
    return folder.joinpath(*parts)


def _check_sizes(entries: list[zipfile.ZipInfo], folder: Path, allowed: int) -> None:
    """Refuse a zip by what it says of itself."""
    if len(entries) > _MEMBERS:
        raise ArchiveError(f"it has {len(entries):,} members")
    for entry in entries:
        if entry.file_size > max(_HARMLESS, _RATIO * entry.compress_size):
            raise ArchiveError(f"{entry.filename!r} would become {entry.file_size / 1e6:,.0f} MB, far too much")
    total = sum(entry.file_size for entry in entries)
    if total > allowed:
        raise ArchiveError(f"its content would be {total / 1e6:,.0f} MB, far too much")
    need_space(folder, total, "the unpacked content")


def _write(members: Iterable[_Member], allowed: int) -> None:
    """Write the members, and count them and their bytes."""
    written = 0
    for number, member in enumerate(members):
        if number == _MEMBERS:
            raise ArchiveError(f"it has more than {_MEMBERS:,} members")
        try:
            (member.place if member.is_folder else member.place.parent).mkdir(parents=True, exist_ok=True)
            content = None if member.is_folder else member.open()
            if content is None:
                continue
            with content, member.place.open("xb") as out:
                while chunk := content.read(_CHUNK):
                    written += len(chunk)
                    if written > allowed:
                        raise ArchiveError(f"its content has more than {allowed / 1e6:,.0f} MB, far too much")
                    out.write(chunk)
        except (FileExistsError, NotADirectoryError) as error:
            raise ArchiveError(f"{member.name!r} is there twice, or is a file and a folder") from error
