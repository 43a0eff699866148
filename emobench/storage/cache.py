"""The cache, where computed things are kept between runs.

A key holds everything that the content depends on, so that nothing is ever invalidated:

- ``twins``, synthetic twins: the code of the dataset;
- ``indexes``, indexes, fingerprints and findings of copies: the code of the dataset, place and form, and names, sizes
  and times of the files;
- ``arrays``, representations, memory-mapped, whatever labels and split (under ``--limit`` only what is used): content
  and ids of the samples, parameters, code, and versions of the packages that decode and compute;
- ``features`` and ``probes``, a few numbers about each sample and what audits make of them: content and ids of the samples,
  code, package versions;
- ``code``, hashes of code: names, sizes and times of the source files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from emobench.storage.files import CACHE_VARIABLE, T, whole_folder


def cache_folder() -> Path:
    """Return the cache: ``EMOBENCH_CACHE``, or the platform's cache folder for emobench. Deleting it loses only time."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("emobench"))


def key(content: Any) -> str:
    """Return 24 hexadecimal digits of the sha256 of the content's canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def cached(folder: Path, make: Callable[[Path], None], load: Callable[[Path], T]) -> T:
    """Return what ``load`` reads from a folder of the cache; ``make`` writes it if it is not there or is damaged."""
    if folder.is_dir():
        try:
            return load(folder)
        except (OSError, ValueError, KeyError) as error:
            print(f"emobench: the cache at {folder} is damaged and is made again: {error}", file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)
    with whole_folder(folder) as temporary:
        make(temporary)
    return load(folder)
