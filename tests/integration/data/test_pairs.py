"""Cells on paired datasets, and commands on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.record import PartCount
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_plugin import experiment
from tests.support.film_runs import planned, ran
from tests.support.paired import ClipsAlone, DotsAlone

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def registry() -> Registry:
    loaded = load(cast(Any, film_plugin.entries()))
    loaded.datasets |= {"dots": DotsAlone(), "clips": ClipsAlone()}
    return loaded


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("dots", "clips"):
        (folder / name).mkdir(parents=True)
        Dots().write_twin(folder / name)
    return folder


TWO_STREAMS = experiment("one", dataset='"pairs"', model='"both"')


def test_cell_with_two_streams_runs_on_pairs(tmp_path: Path, data: Path, registry: Registry) -> None:
    (data / "clips" / "private" / "thin-03.pix").write_bytes(b"short")
    for folder in (None, data):
        record = ran(planned(tmp_path, TWO_STREAMS, using=registry, data=folder), registry)["one"]
        assert record.failure is None
        assert record.scores["private"].metrics["accuracy"] > 0.5  # as the twins' signal allows
    assert record.counts["private"] == PartCount(attempted=18, dropped=1)
    assert [(one.sample_id, one.reason) for one in record.dropped] == [
        ("pair-private-thin-03", "5 bytes instead of 16")
    ]


def test_cell_on_pairs_depends_on_the_code_of_the_members(tmp_path: Path, registry: Registry) -> None:
    before = planned(tmp_path, TWO_STREAMS, using=registry).jobs[0].cell
    assert {"datasets/pairs", "datasets/dots", "datasets/clips"} <= before.identity.code.keys()
    registry.modules["datasets", "clips"] = "tests.support.factories"
    after = planned(tmp_path, TWO_STREAMS, using=registry).jobs[0].cell
    changed = {name for name, code in after.identity.code.items() if code != before.identity.code[name]}
    assert changed == {"datasets/clips"}
    assert after.id != before.id
