"""Weights are known by what is in their files, wherever these lie."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from emobench.contracts import Encoder
from emobench.errors import EmobenchError


def weights_hash(encoder: Encoder) -> str:
    """Return ``sha256:`` and a hash of the names and contents of an encoder's files; nothing where it has none.

    Raises:
        EmobenchError: one of them is not here, or cannot be read.
    """
    text = "\n".join(sorted(f"{path.name} {_file_hash(path)}" for path in encoder.files()))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if text else ""


def _file_hash(path: Path) -> str:
    try:
        known = path.stat()
        return _hashed(path, known.st_size, known.st_mtime_ns)
    except OSError as error:
        what = f"the weights cannot be read: {error.strerror}"
        raise EmobenchError(what, where=str(path), remedy="fix the path") from error


@functools.cache
def _hashed(path: Path, _size: int, _changed: int) -> str:
    # A plan asks for every experiment, and the files have gigabytes.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
