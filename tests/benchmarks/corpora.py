"""What benchmarks measure on, and a cache that is empty when they begin."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emobench.data import DatasetCopy, find_copies, find_twin
from emobench.plugins import installed_plugins
from emobench.storage import CACHE_VARIABLE


def copy_of(name: str, data: Path | None) -> DatasetCopy | None:
    """Return the copy of a dataset in a folder, or its twin where no folder is given; ``None`` where there is no copy."""
    plugins = installed_plugins()
    dataset = plugins.datasets[name]
    return (find_copies([dataset], data, plugins)[name] if data else find_twin(dataset, plugins)).copy


@contextmanager
def own_cache() -> Iterator[None]:
    """Use another cache in the block, which is empty, and is deleted behind it."""
    before = os.environ.get(CACHE_VARIABLE)
    with tempfile.TemporaryDirectory() as cache:
        os.environ[CACHE_VARIABLE] = cache
        try:
            yield
        finally:
            os.environ.pop(CACHE_VARIABLE)
            if before is not None:
                os.environ[CACHE_VARIABLE] = before
