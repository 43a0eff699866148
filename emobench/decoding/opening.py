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
    """Open a file that is not empty and not a Git LFS pointer; unbuffered, for soundfile takes over the descriptor.

    Raises:
        UnreadableError: it cannot be opened, is empty, or is a pointer.
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
            raise UnreadableError("the file is empty", where=str(path), remedy=AGAIN)
        if head == LFS_POINTER:
            raise UnreadableError(
                "a Git LFS pointer, not the file itself", where=str(path), remedy="run `git lfs pull` in its repository"
            )
        file.seek(0)
        yield file


def is_text(file: FileIO) -> bool:
    """Whether a file begins with text."""
    file.seek(0)
    return all(byte >= 32 or byte in b"\t\n\r" for byte in file.read(256))


def unrecognised(path: Path, file: FileIO, wanted: str) -> UnreadableError:
    """Say what a file is that no decoder knows.

    Args:
        path: of the file.
        file: the same, opened.
        wanted: what it should be, with an article.
    """
    what = f"not {wanted} in any known format, or damaged at its beginning"
    if is_text(file):
        what = f"a text file, not {wanted}"
    return UnreadableError(what, where=str(path), remedy=AGAIN)
