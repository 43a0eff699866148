"""The datasets that are known besides those of plugins: descriptors in the data folder, tables that were named."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from emobench.data.described import (
    NO_NUMBERS,
    SUFFIX,
    DescribedDataset,
    Numbers,
    OwnTable,
    is_own_data,
    own_data,
    read_descriptor,
)
from emobench.data.discovery import scan
from emobench.errors import EmobenchError
from emobench.plugins import Registry

if TYPE_CHECKING:
    import pandas as pd


def with_data(registry: Registry, root: Path | None) -> Registry:
    """Return a registry with the datasets whose descriptors lie under a data folder.

    Raises:
        EmobenchError: a descriptor breaks the schema, or its name is taken.
    """
    if root is None or not root.is_dir():
        return registry
    folders, _ = scan(root)
    paths = [folder.path / name for folder in folders for name in sorted(folder.files) if name.endswith(SUFFIX)]
    return with_datasets(registry, [described_at(path) for path in paths]) if paths else registry


def described_at(path: Path) -> DescribedDataset:
    """Return the dataset whose descriptor a file is; that of a private one tells of what lies beside it."""
    descriptor = read_descriptor(path)
    return DescribedDataset(descriptor, path.parent.absolute() if descriptor.private else None)


def with_datasets(registry: Registry, datasets: Iterable[DescribedDataset]) -> Registry:
    """Return a registry that has further datasets, each with a label map of its labels as they are.

    Raises:
        EmobenchError: a name is taken.
    """
    known, label_maps, modules = dict(registry.datasets), dict(registry.label_maps), dict(registry.modules)
    for dataset in datasets:
        other = known.get(dataset.name)
        if other is not None and _same(other, dataset):
            continue
        if other is not None:
            what, place = f"a dataset is called {dataset.name!r} already", str(dataset.root or dataset.name)
            raise EmobenchError(what, where=place, remedy="give this one another name")
        known[dataset.name] = dataset
        modules["datasets", dataset.name] = __name__
        if dataset.labels:
            own = dataset.label_map
            label_maps[own.name] = own
            modules["label_maps", own.name] = __name__
    return dataclasses.replace(registry, datasets=known, label_maps=label_maps, modules=modules)


def with_own_data(
    registry: Registry,
    source: str | Path | pd.DataFrame,
    columns: Mapping[str, str] = MappingProxyType({}),
    *,
    group_from: str = "",
    label_names: Sequence[str] = (),
    numbers: Numbers = NO_NUMBERS,
) -> tuple[OwnTable, Registry]:
    """Return the dataset that data of the user's own is, called by another name if its own is taken, and a registry with it.

    Raises:
        EmobenchError: see :func:`emobench.data.own_data`.
    """
    own = own_data(source, "", columns, group_from=group_from, label_names=label_names, numbers=numbers)
    if own.dataset.name in registry.datasets:
        name = f"{own.dataset.name}-table"
        own = own_data(source, name, columns, group_from=group_from, label_names=label_names, numbers=numbers)
    return own, with_datasets(registry, [own.dataset])


def named_data(name: str, folder: Path | None, registry: Registry) -> tuple[str, Registry]:
    """Return the name of a dataset that is named, or of the table or folder at a path, and a registry that has it.

    Raises:
        EmobenchError: see :func:`emobench.data.own_data`.
    """
    registry = with_data(registry, folder)
    if name in registry.datasets or not is_own_data(name):
        return name, registry
    own, registry = with_own_data(registry, name)
    return own.dataset.name, registry


def own_label_maps(registry: Registry) -> set[str]:
    """Return the names of the label maps that have the labels of one described dataset as they are."""
    return {each.label_map.name for each in registry.datasets.values() if isinstance(each, DescribedDataset)}


def _same(one: object, other: DescribedDataset) -> bool:
    return isinstance(one, DescribedDataset) and (one.descriptor, one.root) == (other.descriptor, other.root)
