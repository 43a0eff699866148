"""Synthetic twins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.dataset import Copy
from emobench.data import twins
from emobench.plugins.registry import Registry
from emobench.records.departures import Synthetic
from tests.conftest import Dots
from tests.support.dots import content


def test_twin_is_the_same_at_every_call_and_declared_as_synthetic(
    tmp_path: Path, plugins: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = []
    for name in ("one", "two"):
        monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / name))
        copies.append(twins.twin_of(Dots(), plugins))
    one, two = copies
    assert content(one.location.root) == content(two.location.root)
    assert one.location.root != two.location.root
    assert one.fingerprint == two.fingerprint
    assert one.provenance == "synthetic"
    assert one.departures == (Synthetic(),)
    assert content(one.location.root)["PROVENANCE.txt"].startswith(b"synthetic\n")


def test_twin_is_written_once(plugins: Registry, fresh_cache: Path) -> None:
    twins.twin_of(Dots(), plugins)

    class Spent(Dots):
        def write_twin(self, folder: Path) -> None:
            raise AssertionError

    assert twins.twin_of(Spent(), plugins).provenance == "synthetic"


def test_twin_that_fails_half_way_leaves_nothing(plugins: Registry, fresh_cache: Path) -> None:
    class Torn(Dots):
        def write_twin(self, folder: Path) -> None:
            (folder / "train").mkdir()
            raise ValueError("half way")

    found = twins.find_twin(Torn(), plugins)
    assert "dots: the plugin failed: ValueError: half way" in str(found.problem)
    assert [path.name for path in fresh_cache.rglob("*")] == ["twins"]


def test_twin_that_its_plugin_does_not_find_is_an_error(plugins: Registry) -> None:
    assert "does not find its own twin" in str(twins.find_twin(Forgetful(), plugins).problem)


class Forgetful(Dots):
    """Writes a twin and does not find it."""

    def find(self, folders: Any) -> list[Copy]:
        """Find nothing."""
        return []
