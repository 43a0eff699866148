"""Twins to try components on."""

from __future__ import annotations

from typing import Any, cast

from emobench.plugins import Registry
from emobench.plugins.loading import load
from emobench.testing.twins import decoded, twins
from tests import conftest
from tests.conftest import FakeEntry


def registry() -> Registry:
    return load(cast(Any, [FakeEntry("dots", conftest)]))


def test_only_datasets_with_the_modality_are_taken() -> None:
    assert [dataset.name for dataset, _ in twins(registry(), ["image"])] == ["dots"]
    assert list(twins(registry(), ["image", "audio"])) == []


def test_samples_are_spread_over_the_index_and_damaged_ones_passed_over() -> None:
    ((dataset, twin),) = twins(registry())
    found = decoded(dataset, twin, "image", 4)
    every = twin.index.samples["sample_id"].tolist()
    assert [sample for sample, _ in found] == every[:: len(every) // 4][:4]
    assert all(len(content) == 16 for _, content in found)
