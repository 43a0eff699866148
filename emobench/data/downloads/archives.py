"""Archives from elsewhere, unpacked without trust: nothing leaves the folder, and nothing fills the disk.

A zip says of each member how large it is, and may lie; so sizes are looked at before anything is written, and bytes are
counted while they are. The filter ``data`` of :mod:`tarfile` alone would not do: it counts no bytes, and it changes names
and lets links pass that have no place in a dataset. The standard library keeps a tar's extended headers in memory, however
large they say they are; that is not guarded against.
"""

from __future__ import annotations

import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
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
_CORRUPT = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, struct.error, NotImplementedError, ValueError,
)  # fmt: skip


class ArchiveError(EmobenchError):
    """The archive itself is bad: damaged, or made to do harm."""


class _Member(NamedTuple):
    """One entry of an archive.

    Attributes:
        name: as the archive has it.
        folder: whether it is one.
        fault: what it is, if it is neither file nor folder; empty otherwise.
        open: returns a stream of its content.
    """

    name: str
    folder: bool
    fault: str
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
                    members = [_of_zip(opened, entry) for entry in opened.infolist()]
                    for member in members:
                        _place(folder, member)
                    _write(folder, members, allowed)
            else:
                with tarfile.open(fileobj=file, mode="r|*") as tar:
                    _write(folder, (_of_tar(tar, entry) for entry in tar), allowed)
    except _Refusal as refusal:
        raise ArchiveError(f"refused: {refusal}", where=archive.name) from refusal
    except _CORRUPT as error:
        page = head.lstrip().lower().startswith((b"<!doctype", b"<html"))
        what = "a web page, not an archive" if page else f"a damaged archive, or none ({error})"
        raise ArchiveError(what, where=archive.name) from error


class _Refusal(Exception):  # noqa: N818 - becomes the error that names the archive
    """Why an archive is not unpacked."""


def _of_zip(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(entry.external_attr >> 16)  # 0 in archives made where there are no such kinds
    fault = "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "a link" if kind == stat.S_IFLNK else "no plain file"
    fault = "encrypted" if entry.flag_bits & 0x1 else fault
    return _Member(entry.filename, entry.is_dir(), fault, lambda: opened.open(entry))


def _of_tar(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> _Member:
    plain = entry.isreg() or entry.isdir()
    fault = "" if plain else "a link" if entry.issym() or entry.islnk() else "no plain file"
    return _Member(entry.name, entry.isdir(), fault, lambda: tar.extractfile(entry))


def _check_sizes(entries: list[zipfile.ZipInfo], folder: Path, allowed: int) -> None:
    """Refuse a zip by what it says of itself, before anything is written."""
    if len(entries) > _MEMBERS:
        raise _Refusal(f"it has {len(entries):,} members")
    for entry in entries:
        if entry.file_size > max(_HARMLESS, _RATIO * entry.compress_size):
            raise _Refusal(f"{entry.filename!r} would become {entry.file_size / 1e6:,.0f} MB, far too much")
    total = sum(entry.file_size for entry in entries)
    if total > allowed:
        raise _Refusal(f"its content would be {total / 1e6:,.0f} MB, far too much")
    need_space(folder, total, "the unpacked content")


def _write(folder: Path, members: Iterable[_Member], allowed: int) -> None:
    """Write the members one after another, counting them and their bytes."""
    members, written = iter(members), 0
    for member in islice(members, _MEMBERS):
        place = _place(folder, member)
        try:
            (place if member.folder else place.parent).mkdir(parents=True, exist_ok=True)
            if member.folder:
                continue
            with place.open("xb") as out:
                for chunk in _chunks(member):
                    written += len(chunk)
                    if written > allowed:
                        raise _Refusal(f"its content has more than {allowed / 1e6:,.0f} MB, far too much")
                    out.write(chunk)
        except (FileExistsError, NotADirectoryError) as error:
            raise _Refusal(f"{member.name!r} is there twice, or is a file and a folder") from error
    if next(members, None) is not None:
        raise _Refusal(f"it has more than {_MEMBERS:,} members")


def _chunks(member: _Member) -> Iterator[bytes]:
    source = member.open()
    if source is not None:
        with source:
            while chunk := source.read(_CHUNK):
                yield chunk


def _place(folder: Path, member: _Member) -> Path:
    """Return where a member belongs; a backslash separates folders too, as it does where some archives are made."""
    name = member.name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or any(re.match("[A-Za-z]:", part) for part in parts) or "\0" in name:
        raise _Refusal(f"the name {member.name!r} leads out of the folder")
    if member.fault:
        raise _Refusal(f"{member.name!r} is {member.fault}")
    return folder.joinpath(*parts)
