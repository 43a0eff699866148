"""Representations of whole datasets, computed once and kept as memory-mapped arrays."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Dataset, Representation
from emobench.data.copies import DatasetCopy
from emobench.decoding import PACKAGES, read_sample
from emobench.errors import EmobenchError, UnreadableError
from emobench.plugins import (
    Registry,
    cache_code,
    component_code,
    dataset_code,
    imported_packages,
    package_versions,
    with_defaults,
)
from emobench.storage import cache_folder, cached, key

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Represented:
    """A dataset under a representation.

    Attributes:
        array: (n, ...) read-only memory map, one row a sample in the order of ``ids``; zeros for a failed sample.
        ids: n sample ids.
        failures: sample id to the reason why it could not be represented.
        views: how many inputs for a model a sample has along the second axis; ``None`` where the array has no such axis.
    """

    array: NDArray[Any]
    ids: tuple[str, ...]
    failures: dict[str, str]
    views: int | None = None


def represent(
    dataset: Dataset,
    source: DatasetCopy,
    samples: pd.DataFrame,
    representation: Representation,
    parameters: dict[str, Any],
    registry: Registry,
    step: Callable[[int], None],
) -> Represented:
    """Return the samples under a representation, from the cache if it is there.

    Args:
        dataset: the dataset's plugin.
        source: the copy.
        samples: the rows of its index that are wanted.
        representation: the rule.
        parameters: what a suite sets of the representation's parameters.
        registry: tells the code behind dataset and representation.
        step: called with the number of samples done since the last call.

    Raises:
        EmobenchError: no sample at all could be represented, arrays of different shapes, or a full disk.
    """
    if representation.modality not in dataset.modalities:
        raise EmobenchError(
            f"representation {representation.name!r} is made from {representation.modality}, "
            f"{dataset.name!r} has {', '.join(dataset.modalities)}",
            remedy="use a model for that modality",
        )
    merged = with_defaults(representation.parameters, parameters, f"representation {representation.name!r}")
    ids = tuple(samples["sample_id"])
    codes = {
        **dataset_code(dataset, registry),
        f"representations/{representation.name}": component_code("representations", representation.name, registry),
    }
    content = {
        "content": source.content,
        "ids": key(ids),
        "parameters": merged,
        "packages": package_versions(
            [*representation.packages, *PACKAGES[representation.modality], *imported_packages(codes, registry)]
        ),
        "code": cache_code(*codes.values()),
    }
    folder = cache_folder() / "arrays" / f"{dataset.name}-{representation.name}-{key(content)}"

    def compute(temporary: Path) -> None:
        _compute_into(temporary, dataset, source, samples, representation, merged, step)

    return cached(folder, compute, lambda there: _load(there, ids, representation))


def _load(folder: Path, ids: tuple[str, ...], representation: Representation) -> Represented:
    import numpy as np

    failures = json.loads((folder / "failures.json").read_text(encoding="utf-8"))
    array = np.load(folder / "array.npy", mmap_mode="r")
    return Represented(array, ids, failures, array.shape[1] if representation.views else None)


def _compute_into(
    folder: Path,
    dataset: Dataset,
    source: DatasetCopy,
    samples: pd.DataFrame,
    representation: Representation,
    parameters: dict[str, Any],
    step: Callable[[int], None],
) -> None:
    import numpy as np

    array: np.memmap[Any, Any] | None = None
    failures: dict[str, str] = {}
    rows = [{str(name): value for name, value in row.items()} for row in samples.to_dict("records")]
    for position, row in enumerate(rows):
        sample = row["sample_id"]
        step(1)
        try:
            result = _compute_one(dataset, source, row, representation, parameters)
        except UnreadableError as error:
            failures[sample] = error.what
            continue
        if array is None:
            array = np.lib.format.open_memmap(
                folder / "array.npy", mode="w+", dtype=result.dtype, shape=(len(rows), *result.shape)
            )
            _reserve(folder / "array.npy")
        _check(result, array, representation, sample)
        array[position] = result
    if array is None:
        example = next(iter(failures.items()))
        raise EmobenchError(
            f"none of {len(rows):,} files can be used, e.g. {example[0]}: {example[1]}",
            where=str(source.copy.root),
            remedy=f"run 'emobench data verify {dataset.name}'",
        )
    array.flush()
    (folder / "failures.json").write_text(json.dumps(failures), encoding="utf-8")


def _compute_one(
    dataset: Dataset,
    source: DatasetCopy,
    row: dict[str, Any],
    representation: Representation,
    parameters: dict[str, Any],
) -> NDArray[Any]:
    modality = representation.modality
    if not source.copy.root.is_file() and not row[f"{modality}_path"]:
        raise UnreadableError(f"has no {modality}")
    drawn = {"generator": sample_generator(row["sample_id"], parameters.get("seed"))} if representation.random else {}
    return representation.compute(read_sample(dataset, source.copy, row, modality), **parameters, **drawn)


def sample_generator(sample_id: str, seed: object = None) -> np.random.Generator:
    """Return a generator that depends on the sample and a seed alone: not on its place, its neighbours or the process."""
    import numpy as np

    digest = hashlib.sha256(f"{seed}\n{sample_id}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def _reserve(path: Path) -> None:
    """Ask for the file's room on the disk now: on a full one, writing through a memory map kills the process."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _check(result: NDArray[Any], array: NDArray[Any], representation: Representation, sample: str) -> None:
    import numpy as np

    where = f"representation {representation.name!r}"
    if result.shape != array.shape[1:] or result.dtype != array.dtype:
        raise EmobenchError(
            f"sample {sample!r} has shape {result.shape} {result.dtype}, others {array.shape[1:]} {array.dtype}",
            where=where,
            remedy="every sample must have the same; mend compute()",
        )
    if result.dtype.kind == "f" and not np.isfinite(result).all():
        raise EmobenchError(f"sample {sample!r} has values that are not finite", where=where, remedy="mend compute()")
