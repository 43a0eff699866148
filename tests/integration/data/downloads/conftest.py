"""A dataset that can be downloaded, alone installed, and no long waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.dataset import Official
from emobench.contracts.download import Download
from emobench.data import fingerprints
from emobench.data.downloads import http
from emobench.plugins import loading
from tests.conftest import Dots, FakeEntry, module


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.001)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dots")
    Dots().write_twin(folder)
    return folder


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, twin: Path) -> Iterator[Callable[..., None]]:
    """Return what makes the dataset ``dots``, with its twin as the official content, the only one that is installed."""
    official = Official(
        72, fingerprint={"folders": fingerprints.fingerprint(fingerprints.file_hashes(list(twin.rglob("*.pix"))))}
    )

    def make(*downloads: Download, **attributes: Any) -> None:
        kind = type("Downloaded", (Dots,), {"official": official, "downloads": downloads} | attributes)
        entry: Any = FakeEntry("dots", module(emobench_datasets=lambda: [kind()]))
        monkeypatch.setattr(loading, "_entry_points", lambda: [entry])
        loading.installed_plugins.cache_clear()

    yield make
    loading.installed_plugins.cache_clear()
