"""A whole dataset from its publisher: fetched, checked, unpacked, and in its place only when it is complete.

Meanwhile everything is in a hidden folder ``.<name>.download`` of the data directory, where no search for datasets looks:
``files`` holds what was fetched, and ``content`` what the dataset's folder will hold. An interrupted download goes on from
there; a finished one leaves nothing but the dataset's folder.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

from filelock import FileLock, Timeout

from emobench.contracts import Dataset, FileDownload, KaggleDownload
from emobench.data import DatasetCopy, count_differences
from emobench.data.downloads import http, kaggle
from emobench.data.downloads.archives import ArchiveError, unpack
from emobench.errors import EmobenchError
from emobench.progress import Arrivals
from emobench.storage import writing


def download_dataset(dataset: Dataset, data: Path) -> Path:
    """Fetch a dataset into the folder of its name under the data directory.

    Args:
        dataset: one with something in :attr:`Dataset.downloads`.
        data: the data directory; made if it is not there.

    Returns:
        The dataset's folder.

    Raises:
        EmobenchError: the folder is there already, or something cannot be had, written or unpacked, or is not what it should
            be.
    """
    target = data / dataset.name
    staging = data / f".{dataset.name}.download"
    with writing(data):
        staging.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(staging / "lock", timeout=0):
                try:
                    if target.exists():
                        remedy = "move it away to download it again"
                        raise EmobenchError("is there already", where=str(target), remedy=remedy)
                    _collect(dataset, staging).rename(target)
                finally:
                    if target.exists() or not any(path.is_file() for path in (staging / "files").rglob("*")):
                        shutil.rmtree(staging, ignore_errors=True)  # nothing in it that another call could go on with
        except Timeout as error:
            what = "another process is downloading this dataset"
            raise EmobenchError(what, where=str(staging), remedy="wait for it") from error
    return target


def _collect(dataset: Dataset, staging: Path) -> Path:
    """Fetch everything, and return the folder that is to become the dataset's."""
    files, content = staging / "files", staging / "content"
    files.mkdir(exist_ok=True)
    shutil.rmtree(content, ignore_errors=True)  # what a killed call left there may be half of something
    content.mkdir()
    listed = [file for file in dataset.downloads if isinstance(file, FileDownload)]
    if listed:
        with closing(Arrivals(dataset.name, {file.name: file.size for file in listed})) as arrivals:
            http.fetch(listed, files, arrivals)
    archives = [files / file.name for file in listed if file.unpack]
    archives += [kaggle.fetch(source, files) for source in dataset.downloads if isinstance(source, KaggleDownload)]
    for archive in archives:
        try:
            unpack(archive, content)
        except ArchiveError as error:
            archive.unlink()  # or the next call would take it for a good file
            remedy = "it was deleted; give the command again, or download the dataset yourself"
            raise EmobenchError(error.what, where=error.where, remedy=remedy) from error
    for file in listed:
        if not file.unpack:
            _link(files / file.name, content / file.name)
    return content


def _link(source: Path, target: Path) -> None:
    """Put a file in its place without taking it from where an interrupted call would look for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # some file systems know no links
        shutil.copy2(source, target)


def is_complete(dataset: Dataset, copy: DatasetCopy) -> bool:
    """Whether a copy is as good as a download can be: official, or, where nothing can confirm that, with all its samples."""
    if dataset.official.fingerprint:
        return copy.provenance == "official"
    return copy.provenance == "unverified" and not count_differences(dataset, copy.index.samples)
