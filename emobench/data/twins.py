"""Synthetic twins of datasets: written once, kept in the cache, marked as synthetic."""

from __future__ import annotations

import shutil
from pathlib import Path

from emobench.contracts import Copy, Dataset, PairedDataset
from emobench.data.copies import DatasetCopy, plugin_errors
from emobench.data.described import described_by
from emobench.data.discovery import Found, open_copy, scan
from emobench.data.pairs import PAIRS, members_of
from emobench.data.provenance import PROVENANCE_FILE
from emobench.errors import EmobenchError
from emobench.plugins import Registry, cache_code, dataset_code
from emobench.storage import cache_folder, key, whole_folder


def twin_of(dataset: Dataset, registry: Registry) -> DatasetCopy:
    """Return the dataset's synthetic twin, written into the cache when it is first needed."""
    folder = _cached_twin(dataset, registry)
    if isinstance(dataset, PairedDataset):
        return open_copy(dataset, Copy(folder, PAIRS), folder, registry)
    folders, _ = scan(folder)
    copies = dataset.find(folders)
    if not copies:
        raise EmobenchError(
            "the dataset plugin does not find its own twin", where=dataset.name, remedy="fix its find()"
        )
    return open_copy(dataset, copies[0], folder, registry)


def _cached_twin(dataset: Dataset, registry: Registry) -> Path:
    code = cache_code(*dataset_code(dataset, registry).values())
    content = {"code": code, "described": described} if (described := described_by(dataset)) else code
    folder = cache_folder() / "twins" / f"{dataset.name}-{key(content)}"
    if folder.is_dir():
        return folder
    with whole_folder(folder) as temporary:
        if isinstance(dataset, PairedDataset):
            for member in members_of(dataset, registry):
                _copy(_cached_twin(member, registry), temporary / member.name)
            _mark_synthetic(dataset, temporary)
        else:
            write_twin(dataset, temporary, registry)
    return folder


def _copy(folder: Path, target: Path) -> None:
    """Copy a folder; unlike copytree, this raises the first error as it is, so that a full disk is reported as one."""
    target.mkdir()
    for path in sorted(folder.rglob("*")):
        copy = target / path.relative_to(folder)
        if path.is_dir():
            copy.mkdir()
        else:
            shutil.copyfile(path, copy)


def find_twin(dataset: Dataset, registry: Registry) -> Found:
    """Return the dataset's twin, as :func:`emobench.data.find_copies` returns a copy."""
    try:
        with plugin_errors(dataset.name):
            return Found(dataset.name, twin_of(dataset, registry))
    except EmobenchError as error:
        return Found(dataset.name, problem=error)


def write_twin(dataset: Dataset, folder: Path, registry: Registry) -> None:
    """Write a dataset's twin into an empty folder and mark the folder as synthetic.

    The twin of a paired dataset is a folder with the twin of each of its members.
    """
    if isinstance(dataset, PairedDataset):
        for member in members_of(dataset, registry):
            (folder / member.name).mkdir()
            write_twin(member, folder / member.name, registry)
    else:
        dataset.write_twin(folder)
    _mark_synthetic(dataset, folder)


def _mark_synthetic(dataset: Dataset, folder: Path) -> None:
    text = f"synthetic\nA synthetic twin of {dataset.title}, made by emobench. Not {dataset.title}.\n"
    (folder / PROVENANCE_FILE).write_text(text, encoding="utf-8")
