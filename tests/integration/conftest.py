"""Fixtures of several packages: copies of dots, and one run that is only read, the built-in MLP on its twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import mlp_run
from tests.support.dots_runs import dots as dots
from tests.support.film_runs import data as data
from tests.support.people import registry as registry


@pytest.fixture(scope="session")
def mlp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the MLP on its twin, which tests do not change."""
    out = tmp_path_factory.mktemp("mlp")
    mlp_run.finish(out)
    return out


@pytest.fixture
def real(mlp: Path, tmp_path: Path) -> Path:
    """The same run with another word for where its data came from; it is the test's own."""
    mlp_run.as_real(mlp, tmp_path / "real")
    return tmp_path / "real"
