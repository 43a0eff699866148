"""Predictions change only with the results version, so that an id stands for one result."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.plugins.code_hash import package_versions
from emobench.records.results_version import RESULTS_VERSION
from tests import golden

REMEDY = (
    "raise RESULTS_VERSION in emobench/records/results_version.py if this is meant, "
    "and regenerate with 'python -m tests.golden'"
)


def test_predictions_are_those_of_the_results_version(tmp_path: Path) -> None:
    version, packages, wanted = golden.stored()
    assert version == RESULTS_VERSION, "the results version was raised: run 'python -m tests.golden'"
    changed = golden.differences(golden.predict(tmp_path), wanted)
    if changed and package_versions(packages) != packages:
        pytest.skip(f"stored with other versions of packages: {packages}")
    assert not changed, "\n".join(["predictions changed:", *changed, REMEDY])


def test_stored_predictions_are_not_replaced_under_the_same_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golden, "STORED", tmp_path / "predictions.json")
    golden.write({"cell": {"test a": [0.25, 0.75]}})
    golden.write({"cell": {"test a": [0.25001, 0.74999]}})  # no change
    with pytest.raises(SystemExit, match="raise RESULTS_VERSION"):
        golden.write({"cell": {"test a": [0.5, 0.5]}})
    with pytest.raises(SystemExit, match="raise RESULTS_VERSION"):
        golden.write({"cell": {"test b": [0.25, 0.75]}})
    monkeypatch.setattr(golden, "RESULTS_VERSION", RESULTS_VERSION + 1)
    golden.write({"cell": {"test a": [0.5, 0.5]}})
    assert golden.stored()[::2] == (RESULTS_VERSION + 1, {"cell": {"test a": [0.5, 0.5]}})
