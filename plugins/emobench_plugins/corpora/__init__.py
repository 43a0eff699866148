"""Corpora that descriptors tell of: every ``*.dataset.toml`` of this folder is a dataset, with a label map of its own."""

from __future__ import annotations

from pathlib import Path

from emobench import hookimpl
from emobench.contracts import LabelMap
from emobench.data import SUFFIX, DescribedDataset, described_at


@hookimpl
def emobench_datasets() -> list[DescribedDataset]:
    """Register the corpora beside this module."""
    return [described_at(path) for path in sorted(Path(__file__).parent.glob(f"*{SUFFIX}"))]


@hookimpl
def emobench_label_maps() -> list[LabelMap]:
    """Register for each corpus the label map in which every label is a class of its own."""
    return [dataset.label_map for dataset in emobench_datasets()]
