"""The lock of a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from emobench.errors import EmobenchError


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold a run folder for this process: two runs in one folder would write over each other's checkpoints.

    The lock goes when the process does, however that ends.

    Raises:
        EmobenchError: another run holds it, or the folder cannot be written; said before anything is computed.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        remedy = "wait for it, or choose another --out"
        raise EmobenchError("another run is at work here", where=str(folder), remedy=remedy) from error
    except OSError as error:
        what = f"cannot write there: {error.strerror}"
        raise EmobenchError(what, where=str(folder), remedy="choose another --out") from error
    try:
        yield
    finally:
        lock.release()
