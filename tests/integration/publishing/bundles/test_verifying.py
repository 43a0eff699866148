"""Bundles that verify, and what verification says of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from emobench_plugins.metrics import classification

from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.publishing.bundles import adding, verifying
from emobench.publishing.bundles.checks import record as checks_of_record
from tests.conftest import FakeEntry
from tests.support.bundles import (
    files_of,
    in_cell,
    problems,
    with_record,
    with_table,
    written,
    wrong_score,
    zipped,
)


def test_bundle_verifies_with_and_without_the_data(
    tmp_path: Path, whole: bytes, registry: Registry, data: Path
) -> None:
    report = verifying.verify(written(tmp_path, whole), registry, data)
    assert report.problems == ()
    assert report.verified
    assert report.cells == 8
    assert verifying.verify(tmp_path / "mine.zip", registry).problems == ()


def test_all_problems_are_listed(tmp_path: Path, single: bytes, registry: Registry) -> None:
    files = with_record(files_of(single), "fitted", lambda one: in_cell(wrong_score(one), provenance="official"))
    told = problems(tmp_path, zipped(with_table(files, "fitted", lambda table: table.iloc[1:])), registry)
    for what in ("no official fingerprint", "not those of the split", "accuracy on 'private' is 0.999"):
        assert any(what in line for line in told), what


def test_a_dataset_that_nobody_registered_is_unverified_at_most(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    without = load(cast(Any, [FakeEntry("metrics", classification)]))
    report = verifying.verify(written(tmp_path, single), without)
    assert report.problems == ()
    assert any(
        "'clips' is not registered here, so its rows can be no more than 'unverified'" in str(n) for n in report.notes
    )
    official = with_record(files_of(single), "fitted", lambda one: in_cell(one, provenance="official"))
    (line,) = problems(tmp_path, zipped(official), without)
    assert "is not registered here: its rows can be no more than 'unverified', and this one is 'official'" in line


def test_a_check_that_fails_refuses_the_cell_and_goes_on(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(checks_of_record, "_provenance_faults", fail)
    (line,) = problems(tmp_path, single, registry)
    assert line.endswith("cannot be checked: ZeroDivisionError: by nothing")


def test_a_bundle_that_waits_on_a_board_is_held_against_it(tmp_path: Path, single: bytes, registry: Registry) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    later = with_record(files_of(single), "fitted", lambda one: one.model_copy(update={"peak_memory": 1}))
    (problem,) = verifying.verify(written(board / "bundles", zipped(later), "theirs.zip"), registry).problems
    assert problem.what == "came with the bundle 'mine', and is another there: a row has one result"


def test_a_bundle_that_waits_beside_a_receipt_of_its_name_says_what_it_replaces(
    tmp_path: Path, single: bytes, whole: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, whole)], board, registry)
    waiting = written(board / "bundles", single)
    notes = [note.what for note in verifying.verify(waiting, registry).notes]
    assert "takes the place of mine.json: 1 of its 8 rows come again" in notes
