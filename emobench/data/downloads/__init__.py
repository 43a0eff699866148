"""Whole datasets from their publishers."""

from __future__ import annotations

from emobench.data.downloads.archives import ArchiveError, unpack
from emobench.data.downloads.dataset import download_dataset, is_complete

__all__ = [
    "ArchiveError",
    "download_dataset",
    "is_complete",
    "unpack",
]
