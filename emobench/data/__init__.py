"""Copies of datasets: found, read, trusted, verified; and their samples as arrays."""

from __future__ import annotations

from emobench.data.copies import DatasetCopy, plugin_errors
from emobench.data.discovery import DATA_VARIABLE, Found, find_copies, open_copy, scan
from emobench.data.fingerprints import content_hash, file_hashes, fingerprint
from emobench.data.folders import listing, refuse_lfs_pointers, walk
from emobench.data.pairs import PAIRS
from emobench.data.provenance import PROVENANCE_FILE, CountDifference, count_differences, few_of_class
from emobench.data.representations import Represented, represent, sample_generator
from emobench.data.twins import find_twin, twin_of, write_twin
from emobench.data.verification import unreadable

__all__ = [
    "DATA_VARIABLE",
    "PAIRS",
    "PROVENANCE_FILE",
    "CountDifference",
    "DatasetCopy",
    "Found",
    "Represented",
    "content_hash",
    "count_differences",
    "few_of_class",
    "file_hashes",
    "find_copies",
    "find_twin",
    "fingerprint",
    "listing",
    "open_copy",
    "plugin_errors",
    "refuse_lfs_pointers",
    "represent",
    "sample_generator",
    "scan",
    "twin_of",
    "unreadable",
    "walk",
    "write_twin",
]
