"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

from emobench.errors import EmobenchError

T = TypeVar("T")
CACHE_VARIABLE = "EMOBENCH_CACHE"


def _unwritable(error: OSError, where: object, remedy: str = "") -> EmobenchError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    usual = "free space and give the same command again" if full else "choose another folder, or see who may write here"
    return EmobenchError(f"cannot write: {error.strerror or error}", where=str(where), remedy=remedy or usual)


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Put the operating system's refusals to write into words.

    Raises:
        EmobenchError: the disk is full or the place cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise _unwritable(error, error.filename or place) from error


def reserve(path: Path) -> None:
    """Ask for a file's room on the disk now: on a full one, writing through a memory map kills the process."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a binary file that appears under ``path`` complete or not at all.

    It is written under a temporary name in the same folder, synced to the disk and renamed.

    Raises:
        EmobenchError: the disk is full or the folder cannot be written.
    """
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        raise _unwritable(error, path) from error
    finally:
        with suppress(OSError):  # where nothing could be made, nothing is to be removed
            temporary.unlink(missing_ok=True)


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


def _sync_folder(folder: Path) -> None:
    # A rename survives a power cut only once its folder is synced; Windows cannot open folders.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def json_bytes(content: Any) -> bytes:
    """Return JSON as it is written to every file, indented.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(content, indent=1, allow_nan=False).encode() + b"\n"


def write_json(path: Path, content: Any) -> None:
    """Write JSON, indented, atomically; non-finite numbers are an error."""
    with atomic(path) as file:
        file.write(json_bytes(content))


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``target`` when the block ends well, and vanishes when it does not.

    If another process made ``target`` meanwhile, its version stays.

    Raises:
        EmobenchError: the disk is full or the place cannot be written.
    """
    temporary = _temporary(target)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        try:
            temporary.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    except OSError as error:
        if error.errno is None or (error.filename is not None and not _concerns(temporary, Path(str(error.filename)))):
            raise
        remedy = f"free space, or set {CACHE_VARIABLE} to a folder with room"
        raise _unwritable(error, error.filename or target, remedy) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _concerns(folder: Path, path: Path) -> bool:
    """Whether a refused path is the folder, in it or above it; any other is something that the block read."""
    return folder.is_relative_to(path) or path.is_relative_to(folder)


def need_space(folder: Path, size: int, what: str) -> None:
    """Refuse to write ``what``, of ``size`` bytes, into an existing folder with less space.

    Raises:
        EmobenchError: fewer bytes are free.
    """
    free = shutil.disk_usage(folder).free
    if size > free:
        raise EmobenchError(
            f"{what} takes {size / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free",
            where=str(folder),
            remedy="free space and give the same command again",
        )
