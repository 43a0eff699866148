"""Files that appear whole or not at all, and the cache."""

from __future__ import annotations

from emobench.storage.cache import cache_folder, cached, key
from emobench.storage.files import (
    CACHE_VARIABLE,
    atomic,
    json_bytes,
    need_space,
    reserve,
    whole_folder,
    write_json,
    writing,
)

__all__ = [
    "CACHE_VARIABLE",
    "atomic",
    "cache_folder",
    "cached",
    "json_bytes",
    "key",
    "need_space",
    "reserve",
    "whole_folder",
    "write_json",
    "writing",
]
