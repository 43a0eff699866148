"""Datasets without code: descriptors, and tables and folders of the user's own."""

from __future__ import annotations

from emobench.data.described.dataset import DescribedDataset, described_by
from emobench.data.described.descriptor import SUFFIX, Descriptor, parse_descriptor, read_descriptor, write_descriptor
from emobench.data.described.endings import ENDINGS
from emobench.data.described.own_data import is_own_data, own_data
from emobench.data.described.own_table import COLUMNS, NO_NUMBERS, Numbers, OwnTable, own_table, slug
from emobench.data.described.tables import is_table, read_table

__all__ = [
    "COLUMNS",
    "ENDINGS",
    "NO_NUMBERS",
    "SUFFIX",
    "DescribedDataset",
    "Descriptor",
    "Numbers",
    "OwnTable",
    "described_by",
    "is_own_data",
    "is_table",
    "own_data",
    "own_table",
    "parse_descriptor",
    "read_descriptor",
    "read_table",
    "slug",
    "write_descriptor",
]
