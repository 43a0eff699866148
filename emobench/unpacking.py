"""Archives from elsewhere, unpacked without trust: nothing leaves the folder, and nothing fills the disk.

A zip says of each member how large it is, and may lie; so sizes are looked at before anything is written, and bytes are
counted while they are. The standard library keeps a tar's extended headers in memory, however large they say they are; that
is not guarded against.
"""

from __future__ import annotations

import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from lzma import LZMAError
from pathlib import Path
from typing import IO

from emobench.errors import EmobenchError
from emobench.storage import need_space

_RATIO = 200
"""Bytes that one byte of an archive may become. Recorded sound and pictures become fewer than 10; zeros, some 1,000."""
_HARMLESS = 100_000_000
"""Bytes that any archive, or member of one, may become: short members of digital silence are packed very tightly."""
_MEMBERS = 500_000
_CHUNK = 1 << 20
_CORRUPT = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, struct.error, NotImplementedError, ValueError,
)  # fmt: skip


class ArchiveError(EmobenchError):
    """The archive itself is bad: damaged, or made to do harm."""


@dataclass(frozen=True)
class _Member:
    """One entry of an archive.

    Attributes:
        name: as the archive has it.
        folder: whether it is one.
        fault: what it is, if it is neither file nor folder; empty otherwise.
        size: unpacked, as the archive has it.
        packed: size in the archive; ``None`` where members are not packed one by one.
        open: returns a stream of its content.
    """

    name: str
    folder: bool
    fault: str
    size: int
    packed: int | None
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar archive into an existing folder, with plain files and folders only.

    Args:
        archive: which of the two it is shows in its content.
        folder: where to; what is written when an error is raised, the caller throws away.

    Raises:
        ArchiveError: it is damaged, encrypted or no archive; a name leads out of the folder; a member is a link or a device,
            or is there twice; it would become more than 200 times its size.
        EmobenchError: there is no room for its content.
        OSError: it cannot be read, or the folder cannot be written.
    """
    try:
        with archive.open("rb") as file:
            head = file.read(15)
            file.seek(0)
            if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                with zipfile.ZipFile(file) as opened:
                    members = [_zip_member(opened, information) for information in opened.infolist()]
                    _check(archive, folder, members)
                    _write(archive, folder, members)
            else:
                with tarfile.open(fileobj=file, mode="r|*") as tar:
                    _write(archive, folder, (_tar_member(tar, information) for information in tar))
    except _CORRUPT as error:
        text = head.lstrip().lower()
        page = text.startswith((b"<!doctype", b"<html"))
        what = "a web page, not an archive" if page else f"a damaged archive, or none ({error})"
        raise ArchiveError(what, where=archive.name) from error


def _zip_member(opened: zipfile.ZipFile, information: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(information.external_attr >> 16)  # 0 in archives made where there are no such kinds
    fault = "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "a link" if kind == stat.S_IFLNK else "no plain file"
    if information.flag_bits & 0x1:
        fault = "encrypted"
    return _Member(
        information.filename,
        information.is_dir(),
        fault,
        information.file_size,
        information.compress_size,
        lambda: opened.open(information),
    )


def _tar_member(tar: tarfile.TarFile, information: tarfile.TarInfo) -> _Member:
    plain = information.isreg() or information.isdir()
    fault = "" if plain else "a link" if information.issym() or information.islnk() else "no plain file"
    return _Member(
        information.name,
        information.isdir(),
        fault,
        information.size,
        None,
        lambda: tar.extractfile(information) or BytesIO(),  # None of what is no file, and that is not opened
    )


def _check(archive: Path, folder: Path, members: list[_Member]) -> None:
    """Refuse by what the archive says of itself, before anything is written."""
    if len(members) > _MEMBERS:
        raise _bomb(archive, f"it has {len(members):,} members")
    for member in members:
        _place(archive, folder, member)
        packed_tightly = member.packed is not None and member.size > _RATIO * member.packed
        if packed_tightly and member.size > _HARMLESS:
            raise _bomb(archive, f"{member.name!r} would become {member.size / 1e6:,.0f} MB")
    total = sum(member.size for member in members)
    if total > _allowed(archive):
        raise _bomb(archive, f"its content would be {total / 1e6:,.0f} MB")
    need_space(folder, total, "the unpacked content")


def _write(archive: Path, folder: Path, members: Iterable[_Member]) -> None:
    """Write the members one after another, counting them and their bytes."""
    room = _allowed(archive)
    for number, member in enumerate(members):
        if number >= _MEMBERS:
            raise _bomb(archive, f"it has more than {_MEMBERS:,} members")
        place = _place(archive, folder, member)
        _make(archive, place if member.folder else place.parent)
        if not member.folder:
            need_space(folder, member.size, member.name)
            room -= _write_file(archive, place, member, room)


def _write_file(archive: Path, place: Path, member: _Member, room: int) -> int:
    """Write one file of at most ``room`` bytes and return how many it has."""
    written = 0
    try:
        out = place.open("xb")
    except FileExistsError as error:
        raise ArchiveError(f"refused: {member.name!r} is there twice", where=archive.name) from error
    with out, member.open() as source:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > room:
                raise _bomb(archive, f"its content has more than {_allowed(archive) / 1e6:,.0f} MB")
            out.write(chunk)
    return written


def _make(archive: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ArchiveError(f"refused: {folder.name!r} is a file and a folder", where=archive.name) from error


def _place(archive: Path, folder: Path, member: _Member) -> Path:
    """Return where a member belongs; a backslash separates folders too, as it does where some archives are made."""
    name = member.name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or any(re.match("[A-Za-z]:", part) for part in parts) or "\0" in name:
        raise ArchiveError(f"refused: the name {member.name!r} leads out of the folder", where=archive.name)
    if member.fault:
        raise ArchiveError(f"refused: {member.name!r} is {member.fault}", where=archive.name)
    return folder.joinpath(*parts)


def _allowed(archive: Path) -> int:
    return max(_RATIO * archive.stat().st_size, _HARMLESS)


def _bomb(archive: Path, what: str) -> ArchiveError:
    size = archive.stat().st_size / 1e6
    return ArchiveError(f"refused: {what}, far too much for an archive of {size:,.1f} MB", where=archive.name)
