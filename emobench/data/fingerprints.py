"""Hashes over the files of a copy: to compare it with the official one, for identities, and for the cache of indexes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import Copy, Dataset, column_of
from emobench.data import folders

if TYPE_CHECKING:
    import pandas as pd


def file_hashes(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the sha256 of each file, ``"unreadable"`` for one that cannot be opened: its sample is dropped later."""

    def digest(path: Path) -> str:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return "unreadable"

    with ThreadPoolExecutor() as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=True))


def fingerprint(hashes: Mapping[Path, str]) -> str:
    """Return the sha256 over the sorted lines ``<file name> <sha256 of the file>``, joined by newlines."""
    lines = sorted(f"{path.name} {digest}" for path, digest in hashes.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def content_hash(copy: Copy, samples: pd.DataFrame, dataset: Dataset, hashes: Mapping[Path, str]) -> str:
    """Return the sha256 over every sample's id, label, group, split, seconds, votes, values and files, ordered by id.

    Texts count where a dataset has nothing else. What is said in a recording is in its file already; a cell that reads it as
    a text has :func:`texts_hash` in its identity besides.

    The fingerprint knows files by their names alone; where a folder tells the label, files that were exchanged between
    folders have the fingerprint of those that were not.
    """
    told = [column for target in dataset.targets for column in target.columns]
    known = ("sample_id", "label", "group", "split", "start", "end")
    columns = [samples[name].astype(str) for name in known if name in samples.columns]
    columns += [samples[name].astype(float).map(repr) for name in told]  # a missing number is nan
    for modality in dataset.media:
        paths = samples[column_of(modality)]
        columns.append(paths.map(lambda name: hashes.get(copy.root / name, "") if name else ""))
    if not dataset.media:
        columns.append(samples["text"].map(_text))
    lines = sorted("\t".join(row) for row in zip(*columns, strict=True))
    whole = sorted(hashes.values()) if copy.root.is_file() else []
    return hashlib.sha256("\n".join([*lines, *whole]).encode()).hexdigest()


def texts_hash(samples: pd.DataFrame) -> str:
    """Return the sha256 over every sample's id and text, ordered by id."""
    lines = sorted(
        f"{sample}\t{_text(text)}" for sample, text in zip(samples["sample_id"], samples["text"], strict=True)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _text(text: object) -> str:
    """Return a text on one line, so that no other texts have the same lines; a missing one is empty."""
    return json.dumps(text if isinstance(text, str) else "")


def listing_hash(root: Path, names: Sequence[str] | None = None) -> str:
    """Return a hash over name, size and times of the named files of a copy, or of all.

    One of the times changes with the permissions.
    """
    if names is None:
        names = [""] if root.is_file() else folders.walk(root)
    digest = hashlib.sha256()
    for name in names:
        try:
            status = (root / name).stat()
        except OSError:  # a dangling link; the dataset's reader will report it
            continue
        digest.update(
            f"{name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode(errors="surrogateescape")
        )
    return digest.hexdigest()
