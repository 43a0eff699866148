"""A copy of a dataset: its index, read once and cached, and how far it can be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Copy, Dataset, Finding, Index, Modality, column_of
from emobench.data.described import DescribedDataset, described_by
from emobench.data.fingerprints import content_hash, file_hashes, fingerprint, listing_hash, texts_hash
from emobench.data.provenance import departures_of, provenance_of
from emobench.errors import EmobenchError
from emobench.plugins import Registry, cache_code, dataset_code, describe
from emobench.records import Departure, Provenance
from emobench.storage import cache_folder, cached, key

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DatasetCopy:
    """A copy of a dataset that a run uses.

    Attributes:
        dataset: the dataset's name.
        location: where it is and in which form.
        data: the data directory that it was found in.
        provenance: how far it can be trusted to be the dataset.
        fingerprint: sha256 of its files, see :func:`fingerprint`; what can be compared with the official one.
        content: sha256 of what is in the index and in the files, see :func:`content_hash`; what determines a result.
        index: its samples and findings.
        departures: in what the copy as a whole differs from the official one.
    """

    dataset: str
    location: Copy
    data: Path
    provenance: Provenance
    fingerprint: str
    content: str
    index: Index
    departures: tuple[Departure, ...] = ()

    def rows(self, samples: pd.DataFrame, modality: Modality | None = None) -> list[dict[str, Any]]:
        """Return rows of the index as :meth:`emobench.contracts.Dataset.read` takes them; those that have a modality."""
        rows = [{str(name): value for name, value in row.items()} for row in samples.to_dict("records")]
        return rows if modality is None else [row for row in rows if self.has(row, modality)]

    def has(self, row: Mapping[str, Any], modality: Modality) -> bool:
        """Tell whether a sample has a modality; in a copy that is one file, all have each but a text."""
        if modality == "text":
            return isinstance(row["text"], str) and bool(row["text"].strip())
        return bool(row[column_of(modality)]) or self.location.root.is_file()

    @property
    def texts(self) -> str:
        """The sha256 of what the samples say, which determines the result of what reads texts."""
        return texts_hash(self.index.samples)


def read_copy(dataset: Dataset, copy: Copy, root: Path, registry: Registry) -> DatasetCopy:
    """Read a copy's index (from the cache, if no file changed since) and decide on its provenance.

    Args:
        dataset: whose copy it is.
        copy: where and in which form.
        root: the data directory; a ``PROVENANCE.txt`` counts in the copy's folder and in those above it, up to here.
        registry: tells the code behind the dataset.

    Raises:
        EmobenchError: the copy cannot be used.
    """
    content = {
        "dataset": dataset.name,
        "code": cache_code(*dataset_code(dataset, registry).values()),
        "root": str(copy.root.resolve()),
        "form": copy.form,
        "files": listing_hash(copy.root, dataset.names(copy)),
        "described": described_by(dataset),
    }
    folder = cache_folder() / "indexes" / f"{dataset.name}-{key(content)}"
    index, found, content_of_all = cached(folder, lambda temporary: _read_into(temporary, dataset, copy), load_index)
    provenance = provenance_of(dataset, copy, root, found, index)
    departures = departures_of(dataset, index, provenance, content_of_all)
    return DatasetCopy(dataset.name, copy, root, provenance, found, content_of_all, index, departures)


def _read_into(folder: Path, dataset: Dataset, copy: Copy) -> None:
    index = dataset.index(copy)
    check_index(dataset, copy, index.samples)
    write_index(folder, dataset, copy, index)


def write_index(folder: Path, dataset: Dataset, copy: Copy, index: Index) -> None:
    """Write an index into a folder of the cache, with the fingerprint and the content hash of its copy."""
    hashes = file_hashes(dataset.files(copy, index.samples))
    content = {
        "fingerprint": fingerprint(hashes),
        "content": content_hash(copy, index.samples, dataset, hashes),
        "findings": [asdict(finding) for finding in index.findings],
    }
    index.samples.reset_index(drop=True).to_parquet(folder / "samples.parquet", index=False)
    (folder / "index.json").write_text(json.dumps(content), encoding="utf-8")


def load_index(folder: Path) -> tuple[Index, str, str]:
    """Return an index from the cache, with the fingerprint and the content hash of its copy."""
    import pandas as pd

    content = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    findings = tuple(Finding(**finding) for finding in content["findings"])
    samples = pd.read_parquet(folder / "samples.parquet")
    return Index(samples, findings), content["fingerprint"], content["content"]


def names_alone(dataset: DescribedDataset, location: Copy) -> DatasetCopy:
    """Return a copy of a table whose files are not here, for what needs none of them.

    Raises:
        EmobenchError: the table cannot be used.
    """
    index = dataset.listed(location)
    content = content_hash(location, index.samples, dataset, {})
    return DatasetCopy(dataset.name, location, location.root, "unverified", "", content, index)


def check_index(dataset: Dataset, copy: Copy, samples: pd.DataFrame) -> None:
    """Hold a dataset plugin to its contract before anything is built on its index."""
    if problem := _problem(dataset, samples):
        raise EmobenchError(problem, where=f"dataset plugin {dataset.name!r}", remedy="fix its index()")
    if samples.empty:
        raise EmobenchError(f"no sample of {dataset.title}", where=str(copy.root), remedy=dataset.obtain)


def _problem(dataset: Dataset, samples: pd.DataFrame) -> str:
    needed = ["sample_id", "label", "group", *map(column_of, dataset.modalities)]
    needed += [column for target in dataset.targets for column in target.columns]
    if missing := [column for column in needed if column not in samples.columns]:
        return f"the index has no column {missing[0]!r}"
    ids = samples["sample_id"]
    if odd := [sample for sample in ids if not isinstance(sample, str)]:
        return f"sample id {odd[0]!r} is not a string"
    if ids.duplicated().any():
        return f"two samples have the id {ids[ids.duplicated()].iloc[0]!r}"
    if unknown := sorted(set(samples["label"]) - {*dataset.labels, *([""] if dataset.targets else [])}, key=str):
        return f"label {unknown[0]!r} is not in the vocabulary"
    return ""


@contextmanager
def plugin_errors(name: str) -> Iterator[None]:
    """Turn what a plugin's own code raises into an ``EmobenchError`` that says whose it is."""
    try:
        yield
    except EmobenchError:
        raise
    except Exception as error:
        raise EmobenchError(
            f"the plugin failed: {describe(error)}", where=name, remedy="report it to the plugin's author"
        ) from error
