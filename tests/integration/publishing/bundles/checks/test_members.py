"""Cells of a bundle that are made from others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emobench.plugins.registry import Registry
from tests.support.bundles import (
    Files,
    cell_of,
    files_of,
    in_cell,
    others,
    problems,
    with_record,
    with_table,
    zipped,
)


def without(files: Files, name: str) -> Files:
    """Return files without a cell, which is not listed either."""
    cell = cell_of(files, name)
    fields = json.loads(files["bundle.json"])
    del fields["cells"][cell]
    left = {path: content for path, content in files.items() if cell not in path}
    return {**left, "bundle.json": json.dumps(fields).encode()}


@pytest.mark.parametrize(
    ("missing", "kind"), [("second", "member"), ("fitted", "fitted model"), ("people/person-1", "fold")]
)
def test_what_a_result_is_made_from_must_be_there(
    tmp_path: Path, whole: bytes, registry: Registry, missing: str, kind: str
) -> None:
    files = files_of(whole)
    told = problems(tmp_path, zipped(without(files, missing)), registry)
    assert any(line.endswith(f"its {kind} {cell_of(files, missing)} is not in the bundle") for line in told), told


@pytest.mark.parametrize(("name", "whose"), [("mean", "the members give"), ("people", "the folds give")])
def test_probabilities_that_are_not_those_of_members_or_folds_are_refused(
    tmp_path: Path, whole: bytes, registry: Registry, name: str, whose: str
) -> None:
    told = problems(tmp_path, zipped(with_table(files_of(whole), name, others)), registry)
    assert any(f"other probabilities than {whose}" in line for line in told), told


def test_a_result_is_trusted_no_more_than_what_it_is_made_from(
    tmp_path: Path, whole: bytes, registry: Registry
) -> None:
    files = with_record(files_of(whole), "fitted", lambda one: in_cell(one, provenance="stand-in", leaky=True))
    for name in ("mean", "applied"):
        files = with_record(files, name, lambda one: in_cell(one, leaky=False))
    told = problems(tmp_path, zipped(files), registry)
    fitted = cell_of(files, "fitted")
    for name in ("mean", "applied"):
        place = f"cells/{cell_of(files, name)}"
        assert f"{place}: it is 'unverified', and made from the cell {fitted}, which is 'stand-in'" in told
        assert (
            f"{place}: it is made from the cell {fitted}, whose split is leaky, and the record does not say so" in told
        )
