"""A registry with one small dataset, and a copy of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from tests import conftest
from tests.conftest import Dots, FakeEntry


@pytest.fixture
def plugins() -> Registry:
    return load(cast(Any, [FakeEntry("dots", conftest)]))


@pytest.fixture
def dots(tmp_path: Path) -> Path:
    """A copy of dots in a data directory, not declared as anything."""
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    return folder
