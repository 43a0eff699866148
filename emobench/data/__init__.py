"""Copies of datasets: found, read, trusted, verified; and their samples as arrays."""

from __future__ import annotations

from emobench.data.copies import DatasetCopy, names_alone, plugin_errors
from emobench.data.described import (
    ENDINGS,
    SUFFIX,
    DescribedDataset,
    Descriptor,
    Numbers,
    OwnTable,
    is_own_data,
    is_table,
    own_data,
    own_table,
    read_table,
    slug,
    write_descriptor,
)
from emobench.data.discovery import Found, find_copies, find_own, open_copy, scan
from emobench.data.fingerprints import file_hashes
from emobench.data.folders import listing, refuse_lfs_pointers, walk
from emobench.data.hints import Hint, hints
from emobench.data.known import described_at, named_data, own_label_maps, with_data, with_datasets, with_own_data
from emobench.data.pairs import PAIRS
from emobench.data.parts_of_copy import IN_PARTS
from emobench.data.provenance import count_differences, few_of_class
from emobench.data.ragged_files import RaggedWriter, read_ragged
from emobench.data.representations import Represented, array_folder, represent, represented_sample, sample_generator
from emobench.data.twins import find_twin, twin_of, write_twin

__all__ = [
    "ENDINGS",
    "IN_PARTS",
    "PAIRS",
    "SUFFIX",
    "DatasetCopy",
    "DescribedDataset",
    "Descriptor",
    "Found",
    "Hint",
    "Numbers",
    "OwnTable",
    "RaggedWriter",
    "Represented",
    "array_folder",
    "count_differences",
    "described_at",
    "few_of_class",
    "file_hashes",
    "find_copies",
    "find_own",
    "find_twin",
    "hints",
    "is_own_data",
    "is_table",
    "listing",
    "named_data",
    "names_alone",
    "open_copy",
    "own_data",
    "own_label_maps",
    "own_table",
    "plugin_errors",
    "read_ragged",
    "read_table",
    "refuse_lfs_pointers",
    "represent",
    "represented_sample",
    "sample_generator",
    "scan",
    "slug",
    "twin_of",
    "walk",
    "with_data",
    "with_datasets",
    "with_own_data",
    "write_descriptor",
    "write_twin",
]
