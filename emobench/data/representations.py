"""Representations of whole datasets, computed once and kept as memory-mapped arrays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Dataset, Representation
from emobench.data.copies import DatasetCopy
from emobench.data.ragged_files import RaggedWriter, read_ragged
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
from emobench.storage import cache_folder, cached, key, reserve

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


_TOGETHER = 16
"""Sequences that are in memory before they are written."""


@dataclass(frozen=True)
class Represented:
    """A dataset under a representation.

    Attributes:
        array: (n, ...) read-only memory map, one row a sample in the order of ``ids``; zeros for a failed sample. Or n
            sequences, none of a failed sample.
        ids: n sample ids.
        failures: sample id to the reason why it could not be represented.
        views: how many inputs for a model a sample has along the second axis; ``None`` where the array has no such axis.
    """

    array: Any
    ids: tuple[str, ...]
    failures: dict[str, str]
    views: int | None = None


def represent(
    dataset: Dataset,
    copy: DatasetCopy,
    samples: pd.DataFrame,
    representation: Representation,
    parameters: dict[str, Any],
    registry: Registry,
    step: Callable[[int], None],
) -> Represented:
    """Return the samples under a representation, from the cache if it is there.

    Args:
        dataset: the dataset's plugin.
        copy: of the dataset: its files and its index.
        samples: the rows of its index to represent.
        representation: the rule.
        parameters: what a suite sets of the representation's parameters.
        registry: tells the code behind dataset and representation.
        step: called with the number of samples done since the last call.

    Raises:
        EmobenchError: no sample at all could be represented, arrays of different shapes, or a full disk.
    """
    where = f"representation {representation.name!r}"
    folder = array_folder(dataset, copy, samples, representation, parameters, registry)
    merged = with_defaults(representation.parameters, parameters, where)
    ids = tuple(samples["sample_id"])

    def compute(row: dict[str, Any]) -> NDArray[Any]:
        return represented_sample(dataset, copy, row, representation, merged)

    def write(folder: Path) -> None:
        rows = copy.rows(samples)
        if representation.sequences:
            failures = _write_sequences(RaggedWriter(folder, where), rows, compute, where, step)
        else:
            failures = _write_array(folder / "array.npy", rows, compute, where, step)
        if len(failures) == len(ids):
            sample, reason = next(iter(failures.items()))
            raise EmobenchError(
                f"none of {len(ids):,} samples can be used, e.g. {sample}: {reason}",
                where=str(copy.location.root),
                remedy=f"run 'emobench data verify {dataset.name}'",
            )
        (folder / "failures.json").write_text(json.dumps(failures), encoding="utf-8")

    def load(folder: Path) -> Represented:
        import numpy as np

        failures = json.loads((folder / "failures.json").read_text(encoding="utf-8"))
        if representation.sequences:
            return Represented(read_ragged(folder), ids, failures)
        array = np.load(folder / "array.npy", mmap_mode="r")
        return Represented(array, ids, failures, array.shape[1] if representation.views else None)

    return cached(folder, write, load)


def array_folder(
    dataset: Dataset,
    copy: DatasetCopy,
    samples: pd.DataFrame,
    representation: Representation,
    parameters: dict[str, Any],
    registry: Registry,
) -> Path:
    """Return where the cache has the array of :func:`represent`, whether it is there or not.

    Raises:
        EmobenchError: the dataset has not the modality, or the representation has not a parameter.
    """
    modality, where = representation.modality, f"representation {representation.name!r}"
    if modality not in dataset.modalities:
        raise EmobenchError(
            f"{where} is made from {modality}, {dataset.name!r} has {', '.join(dataset.modalities)}",
            remedy="use a model for that modality",
        )
    codes = {
        **dataset_code(dataset, registry),
        f"representations/{representation.name}": component_code("representations", representation.name, registry),
    }
    packages = [*representation.packages, *PACKAGES[modality], *imported_packages(codes, registry)]
    content = {
        "content": copy.content,
        **({"texts": copy.texts} if modality == "text" else {}),
        "ids": key(tuple(samples["sample_id"])),
        "parameters": with_defaults(representation.parameters, parameters, where),
        "packages": package_versions(packages),
        "code": cache_code(*codes.values()),
    }
    return cache_folder() / "arrays" / f"{dataset.name}-{representation.name}-{key(content)}"


def represented_sample(
    dataset: Dataset,
    copy: DatasetCopy,
    row: dict[str, Any],
    representation: Representation,
    parameters: dict[str, Any],
) -> NDArray[Any]:
    """Return one sample, a row of the copy, under a representation.

    Raises:
        UnreadableError: it cannot be decoded.
    """
    if not copy.has(row, representation.modality):
        raise UnreadableError(f"has no {representation.modality}")
    merged = with_defaults(representation.parameters, parameters, f"representation {representation.name!r}")
    drawn = {"generator": sample_generator(row["sample_id"], merged.get("seed"))} if representation.random else {}
    return representation.compute(read_sample(dataset, copy.location, row, representation.modality), **merged, **drawn)


def _write_array(
    path: Path,
    rows: list[dict[str, Any]],
    compute: Callable[[dict[str, Any]], NDArray[Any]],
    where: str,
    step: Callable[[int], None],
) -> dict[str, str]:
    """Write what is computed of each row, zeros where that fails, and return the reasons by sample id.

    Texts are as long as they are: their array is written when all are known, as wide as the longest, with empty ones where
    that fails.
    """
    import numpy as np

    array: np.memmap[Any, Any] | None = None
    failures: dict[str, str] = {}
    texts: dict[int, str] = {}
    for position, row in enumerate(rows):
        step(1)
        try:
            result = compute(row)
        except UnreadableError as error:
            failures[row["sample_id"]] = error.what
            continue
        if result.dtype.kind == "U" and result.shape == () and array is None:
            texts[position] = str(result)
            continue
        if array is None:
            shape = (len(rows), *result.shape)
            array = np.lib.format.open_memmap(path, mode="w+", dtype=result.dtype, shape=shape)
            reserve(path)
        if result.shape != array.shape[1:] or result.dtype != array.dtype:
            raise EmobenchError(
                f"sample {row['sample_id']!r} has shape {result.shape} {result.dtype}, "
                f"others {array.shape[1:]} {array.dtype}",
                where=where,
                remedy="every sample must have the same; fix compute()",
            )
        _refuse_infinite(result, row, where)
        array[position] = result
    if texts and array is not None:
        raise EmobenchError("some samples are texts, others are not", where=where, remedy="fix compute()")
    if texts:
        np.save(path, np.array([texts.get(position, "") for position in range(len(rows))]))
    if array is not None:
        array.flush()
    return failures


def _write_sequences(
    writer: RaggedWriter,
    rows: list[dict[str, Any]],
    compute: Callable[[dict[str, Any]], NDArray[Any]],
    where: str,
    step: Callable[[int], None],
) -> dict[str, str]:
    """Write what is computed of each row, nothing where that fails, and return the reasons by sample id."""
    failures: dict[str, str] = {}
    for start in range(0, len(rows), _TOGETHER):
        made: list[NDArray[Any] | None] = []
        for row in rows[start : start + _TOGETHER]:
            step(1)
            try:
                made.append(compute(row))
            except UnreadableError as error:
                failures[row["sample_id"]] = error.what
                made.append(None)
            else:
                _refuse_infinite(made[-1], row, where)
        writer.append(made)
    return failures


def _refuse_infinite(array: Any, row: dict[str, Any], where: str) -> None:
    import numpy as np

    if array.dtype.kind == "f" and not np.isfinite(array).all():
        what = f"sample {row['sample_id']!r} has values that are not finite"
        raise EmobenchError(what, where=where, remedy="fix compute()")


def sample_generator(sample_id: str, seed: object = None) -> np.random.Generator:
    """Return a generator that depends on the sample and a seed alone: not on its place, its neighbours or the process."""
    import numpy as np

    digest = hashlib.sha256(f"{seed}\n{sample_id}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
