"""Open a file that may not be what its name promises: missing, empty, a pointer, a web page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from emobench.errors import UnreadableError

AGAIN = "get the file again"
LFS_POINTER = b"version https://git-lfs"  # how one begins


@contextmanager
def opened(path: Path) -> Iterator[FileIO]:
    """Open a file; unbuffered, for soundfile takes over the descriptor.

    Raises:
        UnreadableError: it cannot be opened, is empty, or is a Git LFS pointer.
    """
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        why = "a broken link" if path.is_symlink() and not path.exists() else error.strerror
        remedy = "give yourself permission to read it" if isinstance(error, PermissionError) else AGAIN
        raise UnreadableError(f"cannot be opened ({why})", where=str(path), remedy=remedy) from error
    with file:
        head = file.read(len(LFS_POINTER))
        if not head:
            raise damaged(path, "the file is empty")
        if head == LFS_POINTER:
            remedy = "run `git lfs pull` in its repository"
            raise UnreadableError("a Git LFS pointer, not the file itself", where=str(path), remedy=remedy)
        file.seek(0)
        yield file


def is_text(file: FileIO) -> bool:
    """Whether a file begins with text."""
    file.seek(0)
    return all(byte >= 32 or byte in b"\t\n\r" for byte in file.read(256))


def unrecognised(path: Path, file: FileIO, expected: str) -> UnreadableError:
    """Return the error for a file that no decoder knows and that should be ``expected`` (with an article)."""
    if is_text(file):
        return damaged(path, f"a text file, not {expected}")
    return damaged(path, f"not {expected} in any known format, or damaged at its beginning")


def damaged(path: Path, what: str) -> UnreadableError:
    """Return the error for a file that only a new copy of it can replace."""
    return UnreadableError(what, where=str(path), remedy=AGAIN)


def is_lfs_pointer(path: Path) -> bool:
    """Tell whether it is a Git LFS pointer: a few lines that a clone has for a file that was not downloaded."""
    try:
        with path.open("rb") as file:
            return file.read(len(LFS_POINTER)) == LFS_POINTER
    except OSError:
        return False
