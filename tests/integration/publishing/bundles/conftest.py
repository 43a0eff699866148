"""A run with derived cells, and bundles of it."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from emobench.plugins.registry import Registry
from emobench.publishing.bundles import packing
from tests.conftest import Dots
from tests.support import people
from tests.support.bundles import (
    MEAN,
    SECOND,
    plugins,
)
from tests.support.film_runs import APPLIED, FITTED, planned, ran


@pytest.fixture(scope="session")
def registry() -> Registry:
    return plugins()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a copy of clips and films, in which one test sample is damaged."""
    folder = tmp_path_factory.mktemp("data") / "dots"
    folder.mkdir()
    Dots().write_twin(folder)
    (folder / "private" / "thin-04.pix").write_bytes(b"short")
    return folder.parent


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A run with a fitted and an applied model, a fusion, and folds; none of it synthetic."""
    folder = tmp_path_factory.mktemp("runs")
    plan = planned(folder, FITTED, SECOND, MEAN, APPLIED, people.PEOPLE, using=plugins(), data=data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert {record.status for record in ran(plan, plugins()).values()} == {"finished"}
    return folder / "runs"


@pytest.fixture(scope="session")
def whole(runs: Path, registry: Registry) -> bytes:
    return packing.pack(runs, Path("all.zip"), registry).content


@pytest.fixture(scope="session")
def single(runs: Path, registry: Registry) -> bytes:
    return packing.pack(runs, Path("one.zip"), registry, ["fitted"]).content


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: registry)
