"""Synthetic twins to try components on, found by what they hold and never by their name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from emobench import decoding
from emobench.contracts import Audio, Dataset, Modality, PairedDataset
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


def decoded(dataset: Dataset, twin: DatasetCopy, modality: Modality, number: int) -> list[tuple[str, Any]]:
    """Return the ids and the content of some samples that can be decoded, spread over the index."""
    there = twin.rows(twin.index.samples, modality)
    found: list[tuple[str, Any]] = []
    for row in there[:: max(1, len(there) // number)]:
        try:
            found.append((row["sample_id"], decoding.read_sample(dataset, twin.location, row, modality)))
        except UnreadableError:
            continue
        if len(found) == number:
            break
    return found


def copied(content: Any) -> Any:
    """Return a copy of decoded or prepared content that can be changed; a film is decoded again for each use."""
    if isinstance(content, Audio):
        return replace(content, samples=content.samples.copy())
    if hasattr(content, "detach"):
        return content.clone()
    return content.copy() if hasattr(content, "copy") else content
