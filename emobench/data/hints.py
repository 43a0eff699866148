"""What lies in a data folder and is read as no dataset, but could be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from emobench.contracts import Folder, emotion_of
from emobench.data.described import ENDINGS, SUFFIX, is_table

_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".7z", ".rar")
_MEDIA = tuple(ending for endings in ENDINGS.values() for ending in endings)
_FEWEST = 2
"""Folders that are called as classes are."""


@dataclass(frozen=True)
class Hint:
    """Something that is not read.

    Attributes:
        kind: an ``archive`` that was not unpacked, folders of ``classes``, a ``table`` of files.
        where: the file or folder.
        names: of the classes.
    """

    kind: Literal["archive", "classes", "table"]
    where: Path
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind == "archive":
            return f"{self.where} is an archive: unpack it"
        if self.kind == "table":
            return f"{self.where} is a table: 'emobench data add {self.where}' makes a dataset of it, if it names files"
        return f"{self.where} has folders called {', '.join(self.names)}: it can be named as a dataset itself"


def hints(folders: Iterable[Folder], read: Collection[Path]) -> list[Hint]:
    """Return what may be meant as data and is not read.

    Args:
        folders: of a data folder.
        read: the roots of what is read.
    """
    found = []
    listed = {folder.path: folder for folder in folders}
    for path, folder in listed.items():
        if any(root == path or root in path.parents for root in read):
            continue
        found += [Hint("archive", path / name) for name in sorted(folder.files) if name.lower().endswith(_ARCHIVES)]
        described = any(name.endswith(SUFFIX) for name in folder.files)
        tables = sorted(name for name in folder.files if is_table(Path(name)) and not name.lower().endswith(".txt"))
        found += [Hint("table", path / name) for name in tables if not described]
        classes = [name for name in sorted(folder.folders) if _is_class(name) and _has_media(listed.get(path / name))]
        if len(classes) >= _FEWEST:
            found.append(Hint("classes", path, tuple(classes)))
    return found


def _is_class(name: str) -> bool:
    return name.isdigit() or emotion_of(name) is not None


def _has_media(folder: Folder | None) -> bool:
    return folder is not None and any(PurePosixPath(name).suffix.lower() in _MEDIA for name in folder.files)
