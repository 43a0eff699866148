"""Fixtures for the tests of a plugin. In its ``conftest.py``: ``pytest_plugins = ["emobench.testing.fixtures"]``.

This module alone imports pytest; it registers nothing unless a test suite asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from emobench.data import DatasetCopy, twin_of
from emobench.plugins import Registry, installed_plugins
from emobench.storage import CACHE_VARIABLE


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Every component that the installed plugins register."""
    return installed_plugins()


@pytest.fixture(scope="session")
def emobench_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache for this session, so that tests neither need the user's nor write into it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("emobench-cache")))
        yield


@pytest.fixture(scope="session")
def twin(registry: Registry, emobench_cache: None) -> Callable[[str], DatasetCopy]:
    """A function that returns the synthetic twin of a dataset by its name, with its index."""
    return lambda name: twin_of(registry.find("datasets", name), registry)
