"""What lies below a dataset's folder, with the operating system's refusals in words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from emobench.decoding import is_lfs_pointer
from emobench.errors import EmobenchError

# What systems leave in folders, and the harness's own declaration of a stand-in. Names with a leading dot are skipped too:
# macOS writes ._clip.wav next to clip.wav on other disks.
_NOT_DATA = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX", "PROVENANCE.txt"})


class Listing(NamedTuple):
    """Sorted names of what is in one folder: the folders, and everything else."""

    folders: list[str]
    files: list[str]


def listing(folder: Path) -> Listing:
    """List one folder, without what the operating system left in it.

    Raises:
        EmobenchError: it cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            kept = [e for e in entries if e.name not in _NOT_DATA and not e.name.startswith(".")]
            folders = {entry.name for entry in kept if _is_folder(entry)}
    except OSError as error:
        denied = isinstance(error, PermissionError)
        what = "this folder may not be listed" if denied else f"this folder cannot be listed ({error.strerror})"
        remedy = "give yourself permission to read it" if denied else "check the disk or the link"
        raise EmobenchError(what, where=str(folder), remedy=remedy) from error
    return Listing(sorted(folders), sorted(entry.name for entry in kept if entry.name not in folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or to where nobody may look: opening it will report that
        return False


def walk(root: Path, below: str = "") -> list[str]:
    """List the files in the folder ``below`` of ``root``, as sorted paths relative to ``root`` with forward slashes.

    Links are followed; a folder that is reached a second time through a link is not entered again.

    Raises:
        EmobenchError: a folder cannot be listed.
    """
    found: list[str] = []
    entered: set[str] = set()
    pending = [below]
    while pending:
        folder = pending.pop()
        real = os.path.realpath(root / folder)
        if real in entered:
            continue
        entered.add(real)
        prefix = f"{folder}/" if folder else ""
        inside = listing(root / folder)
        pending += [prefix + name for name in inside.folders]
        found += [prefix + name for name in inside.files]
    return sorted(found)


def refuse_lfs_pointers(root: Path, names: Iterable[str]) -> None:
    """Raise an ``EmobenchError`` if every file of a copy is a Git LFS pointer."""
    paths = [root / name for name in names]
    if paths and all(is_lfs_pointer(path) for path in paths):
        raise EmobenchError(
            f"all {len(paths)} files are Git LFS pointers, not the files themselves",
            where=str(root),
            remedy="run `git lfs pull` in the repository; a zip download of it never holds the files",
        )
