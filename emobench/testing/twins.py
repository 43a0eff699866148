"""Synthetic twins to try components on, found by what they hold and never by their name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from emobench import decoding
from emobench.contracts import Dataset, Index, Modality, PairedDataset
from emobench.data import DatasetCopy, find_twin
from emobench.errors import UnreadableError
from emobench.plugins import Registry


def twins(registry: Registry, modalities: Iterable[Modality] = ()) -> Iterator[tuple[Dataset, DatasetCopy]]:
    """Yield the datasets that have all of the modalities with their twins, plain ones before pairs.

    A dataset whose twin cannot be had is passed over: it is not on trial.
    """
    needed = set(modalities)
    for dataset in sorted(registry.datasets.values(), key=lambda dataset: isinstance(dataset, PairedDataset)):
        if needed <= set(dataset.modalities) and (twin := find_twin(dataset, registry).copy):
            yield dataset, twin


def rows(index: Index) -> list[dict[str, Any]]:
    """Return the rows of an index as :meth:`emobench.contracts.Dataset.read` takes them."""
    return [{str(name): value for name, value in row.items()} for row in index.samples.to_dict("records")]


def decoded(dataset: Dataset, twin: DatasetCopy, modality: Modality, number: int) -> list[tuple[str, Any]]:
    """Return the ids and the content of some samples that can be decoded, spread over the index."""
    there = [row for row in rows(twin.index) if row[f"{modality}_path"] or twin.location.root.is_file()]
    found: list[tuple[str, Any]] = []
    for row in there[:: max(1, len(there) // number)]:
        try:
            found.append((row["sample_id"], decoding.read_sample(dataset, twin.location, row, modality)))
        except UnreadableError:
            continue
        if len(found) == number:
            break
    return found
