"""Finding the copies of datasets under a folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emobench.contracts import Copy, Dataset, Folder, PairedDataset
from emobench.data.copies import DatasetCopy, plugin_errors, read_copy
from emobench.data.folders import listing
from emobench.data.pairs import members_of, pair
from emobench.data.parts_of_copy import IN_PARTS, together
from emobench.errors import EmobenchError
from emobench.plugins import Registry

DATA_VARIABLE = "EMOBENCH_DATA"
_DEPTH = 5


@dataclass(frozen=True)
class Found:
    """What became of one dataset under the data directory.

    Attributes:
        dataset: the dataset's name.
        copy: the copy that is used; ``None`` if there is none, or none that can be used.
        problem: why the copy that is there cannot be used.
        others: further copies, which are not read.
    """

    dataset: str
    copy: DatasetCopy | None = None
    problem: EmobenchError | None = None
    others: tuple[Copy, ...] = ()


def scan(root: Path) -> tuple[list[Folder], dict[Path, EmobenchError]]:
    """List the folders under ``root``, five levels deep, in a stable order, hidden ones left out, links followed once.

    Returns:
        The folders, and the error of each folder that cannot be listed.

    Raises:
        EmobenchError: ``root`` itself is not a folder that can be listed.
    """
    if not root.is_dir():
        raise EmobenchError(
            "no such folder", where=str(root), remedy="name the folder that holds the datasets with --data"
        )
    root = root.absolute()
    problems: dict[Path, EmobenchError] = {}
    folders: list[Folder] = []
    entered: set[Path] = set()
    pending = deque([(root, 0)])  # by level: what is reached by several ways is listed at its shortest
    while pending:
        path, depth = pending.popleft()
        if path.resolve() in entered:
            continue
        entered.add(path.resolve())
        try:
            inside = listing(path)
        except EmobenchError as error:
            problems[path] = error
            continue
        folders.append(Folder(path, frozenset(inside.folders), frozenset(inside.files)))
        if depth < _DEPTH:
            pending += [(path / name, depth + 1) for name in inside.folders]
    if not folders:
        raise next(iter(problems.values()))
    return sorted(folders, key=lambda folder: folder.path), problems


def find_copies(datasets: Iterable[Dataset], root: Path, registry: Registry) -> dict[str, Found]:
    """Find the datasets under ``root`` and read the index of one copy of each: the official one, or the first usable one.

    A dataset that cannot be used, or whose plugin throws, does not keep the others from being found.
    """
    folders, unreadable = scan(root)

    def usable(dataset: Dataset, location: Copy) -> DatasetCopy:
        for path, problem in unreadable.items():
            if path.is_relative_to(location.root):
                raise problem
        with plugin_errors(dataset.name):
            return read_copy(dataset, location, root, registry)

    def best_copy(dataset: Dataset) -> Found:
        locations = dataset.find(folders)
        copies: list[DatasetCopy] = []
        problems: list[EmobenchError] = []
        for location in locations:
            try:
                copies.append(usable(dataset, location))
            except EmobenchError as error:
                problems.append(error)
            if copies and copies[-1].provenance == "official":
                break
        if not copies:
            return Found(dataset.name, problem=problems[0] if problems else None)
        best = min(copies, key=lambda copy: copy.provenance != "official")
        if best.provenance != "official" and (whole := together(dataset, copies, root)):
            below = whole.location.root
            others = tuple(each for each in locations if each.root.parent != below)
            return Found(dataset.name, whole, others=others)
        return Found(dataset.name, best, others=tuple(location for location in locations if location != best.location))

    def pairs(dataset: PairedDataset) -> Found:
        copies = {}
        for member in members_of(dataset, registry):
            member_found = find(member)
            if member_found.copy is None:
                return Found(dataset.name, problem=member_found.problem)
            copies[member.name] = member_found.copy
        return Found(dataset.name, pair(dataset, copies, root))

    found: dict[str, Found] = {}  # what several datasets pair is opened once

    def find(dataset: Dataset) -> Found:
        name = dataset.name
        if name not in found:
            try:
                with plugin_errors(name):
                    found[name] = pairs(dataset) if isinstance(dataset, PairedDataset) else best_copy(dataset)
            except EmobenchError as error:
                found[name] = Found(name, problem=error)
        return found[name]

    return {dataset.name: find(dataset) for dataset in datasets}


def find_own(dataset: Dataset, registry: Registry) -> Found:
    """Return the copy of a dataset that knows where it lies."""
    (location,) = dataset.find(())
    try:
        with plugin_errors(dataset.name):
            return Found(dataset.name, read_copy(dataset, location, location.root, registry))
    except EmobenchError as error:
        return Found(dataset.name, problem=error)


def open_copy(dataset: Dataset, copy: Copy, root: Path, registry: Registry) -> DatasetCopy:
    """Read a copy's index as :func:`emobench.data.copies.read_copy`; pairs, and a copy in parts, are found once more.

    Raises:
        EmobenchError: the copy cannot be used.
    """
    if not isinstance(dataset, PairedDataset) and not copy.form.endswith(IN_PARTS):
        return read_copy(dataset, copy, root, registry)
    found = find_copies([dataset], root, registry)[dataset.name]
    if found.copy is None:
        raise found.problem or EmobenchError("a dataset that it pairs is not here", where=str(root))
    return found.copy
