"""What a record may say of its data."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.dataset import Official
from emobench.plugins.loading import installed_plugins
from emobench.publishing.bundles.checks import record as checks_of_record
from emobench.publishing.bundles.manifest import BundledCell
from emobench.records.redaction import scrub
from emobench.records.run_folder import record_bytes
from emobench.storage.cache import key
from tests.conftest import Dots
from tests.support import film_plugin, patterns
from tests.support.bundles import plugins
from tests.support.factories import record


def test_pairs_are_official_where_all_members_are(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = plugins()
    pairs = registry.datasets["pairs"]
    assert checks_of_record.official_fingerprints(pairs, registry) == set()
    monkeypatch.setattr(Dots, "official", Official(samples=1, fingerprint={"a": "1", "b": "2"}))
    monkeypatch.setattr(film_plugin.Clips, "official", Official(samples=1, fingerprint={"a": "3"}))
    assert checks_of_record.official_fingerprints(pairs, registry) == {key(["1", "3"]), key(["2", "3"])}


def told_of(folder: Path, **changes: Any) -> list[str]:
    """Return what is wrong with a row of a pattern in which something was changed."""
    registry = installed_plugins()
    job = next(
        job
        for job in patterns.plan(folder).jobs
        if job.cell.identity.folds and job.cell.experiment.startswith("emo-db")
    )
    cell = job.cell.model_copy(update={"provenance": "unverified", **changes})
    known = dataclasses.replace(registry, suites={**registry.suites, "probes": folder / "probes.toml"})
    listed = BundledCell(suite=cell.suite, experiment=cell.experiment, record="", predictions="")
    made = record(cell, scores={})
    return list(checks_of_record.faults(made, record_bytes(scrub(made)), cell.id, listed, known))


def test_a_row_of_a_pattern_is_what_its_suite_asks_for(tmp_path: Path) -> None:
    assert told_of(tmp_path) == []


def test_a_row_of_a_pattern_says_that_it_has_fewer_folds(tmp_path: Path) -> None:
    assert told_of(tmp_path, departures=()) == ["the row does not say 'folds 4 (suite: 5)'"]


def test_what_a_pattern_says_of_a_row_cannot_be_changed(tmp_path: Path) -> None:
    (fault,) = told_of(tmp_path, selected_on="test")
    assert fault.startswith("selected_on: 'test', where the suite 'probes' says ''")
