"""Datasets on disk: finding copies, reading their index once, and saying how far they can be trusted."""

from emobench.data.copies import DatasetCopy, plugin_errors
from emobench.data.discovery import DATA_VARIABLE, Found, find, open_copy, scan
from emobench.data.fingerprint import content_hash, file_hashes, fingerprint
from emobench.data.pairs import PAIRS
from emobench.data.provenance import PROVENANCE_FILE, CountDifference, count_differences, few_of_class
from emobench.data.twins import find_twin, twin, write_twin
from emobench.data.verification import unreadable

__all__ = [
    "DATA_VARIABLE",
    "PAIRS",
    "PROVENANCE_FILE",
    "CountDifference",
    "DatasetCopy",
    "Found",
    "content_hash",
    "count_differences",
    "few_of_class",
    "file_hashes",
    "find",
    "find_twin",
    "fingerprint",
    "open_copy",
    "plugin_errors",
    "scan",
    "twin",
    "unreadable",
    "write_twin",
]
