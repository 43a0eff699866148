"""Copies of datasets: found, read, trusted, verified; and their samples as arrays."""

from __future__ import annotations

from emobench.data.copies import DatasetCopy, plugin_errors
from emobench.data.discovery import Found, find_copies, open_copy, scan
from emobench.data.folders import listing, refuse_lfs_pointers, walk
from emobench.data.pairs import PAIRS
from emobench.data.provenance import count_differences, few_of_class
from emobench.data.representations import Represented, array_folder, represent, represented_sample, sample_generator
from emobench.data.twins import find_twin, twin_of, write_twin

__all__ = [
    "PAIRS",
    "DatasetCopy",
    "Found",
    "Represented",
    "array_folder",
    "count_differences",
    "few_of_class",
    "find_copies",
    "find_twin",
    "listing",
    "open_copy",
    "plugin_errors",
    "refuse_lfs_pointers",
    "represent",
    "represented_sample",
    "sample_generator",
    "scan",
    "twin_of",
    "walk",
    "write_twin",
]
