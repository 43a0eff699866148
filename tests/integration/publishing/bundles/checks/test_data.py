"""Bundles compared with the datasets themselves."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from emobench.plugins.loading import installed_plugins as installed
from emobench.plugins.registry import Registry
from emobench.publishing.bundles import packing, verifying
from emobench.publishing.bundles.checks import data as checks_of_data
from emobench.publishing.bundles.verifying import examine
from emobench.records.record import Record
from tests import ROOT
from tests.conftest import Dots
from tests.support.bundles import (
    files_of,
    in_cell,
    in_identity,
    problems,
    relabelled,
    with_record,
    with_table,
    written,
    zipped,
)
from tests.support.film_runs import FITTED, planned, ran


def test_labels_that_are_not_the_datasets_are_refused(
    tmp_path: Path, single: bytes, registry: Registry, data: Path
) -> None:
    told = problems(tmp_path, zipped(with_table(files_of(single), "fitted", relabelled)), registry, data)
    assert any("in the dataset" in line and "the label of sample" in line for line in told), told


def test_a_training_part_that_the_protocol_does_not_give_is_refused(
    tmp_path: Path, single: bytes, registry: Registry, data: Path
) -> None:
    def swap(record: Record) -> Record:
        split = record.cell.identity.split
        return in_identity(record, split={**split, "train": split["private"]})

    told = problems(tmp_path, zipped(with_record(files_of(single), "fitted", swap)), registry, data)
    assert any("the part 'train' has other samples than the protocol 'by-folder' gives it" in line for line in told)


@pytest.mark.parametrize("renamed", [False, True])
def test_a_limit_is_known_by_what_the_cell_says(
    tmp_path: Path, registry: Registry, data: Path, request: pytest.FixtureRequest, renamed: bool
) -> None:
    if renamed:
        request.getfixturevalue("sentences_renamed")
    plan = planned(tmp_path, FITTED, using=registry, data=data, limit=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ran(plan, registry)
    packed = packing.pack(tmp_path / "runs", Path("few.zip"), registry)
    assert problems(tmp_path, packed.content, registry, data) == []
    silent = with_record(files_of(packed.content), "fitted", lambda one: in_cell(one, departures=()))
    told = problems(tmp_path, zipped(silent), registry, data)
    assert {line.partition(" has ")[2] for line in told} == {"other samples than the protocol 'by-folder' gives it"}


def test_a_fold_that_the_protocol_has_and_nobody_ran_is_missed(
    tmp_path: Path, whole: bytes, registry: Registry, data: Path
) -> None:
    files = files_of(whole)

    def leave_out(record: Record) -> Record:
        return in_identity(record, folds=record.cell.identity.folds[1:])

    told = problems(tmp_path, zipped(with_record(files, "people", leave_out)), registry, data)
    assert any("the fold 'person-0' of the protocol 'by-person' is not in it" in line for line in told), told


def test_another_copy_is_not_compared_and_that_is_said(tmp_path: Path, single: bytes, registry: Registry) -> None:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    report = verifying.verify(written(tmp_path, single), registry, tmp_path / "data")
    assert report.verified
    assert any("the copy of 'clips' is another than that of the results" in str(note) for note in report.notes)


def test_data_that_is_a_stand_in_here_is_no_better_elsewhere(
    tmp_path: Path, single: bytes, registry: Registry, data: Path, request: pytest.FixtureRequest
) -> None:
    declaration = data / "dots" / "PROVENANCE.txt"
    declaration.write_text("stand-in\n")
    request.addfinalizer(declaration.unlink)
    told = problems(tmp_path, single, registry, data)
    assert any("it is 'unverified', and the same data is 'stand-in' here" in line for line in told), told


@pytest.mark.realdata
def test_published_rows_are_those_of_the_real_data() -> None:
    board = ROOT / "leaderboards"
    folder = os.environ.get("EMOBENCH_DATA")
    if not folder:
        pytest.skip("EMOBENCH_DATA names no folder with the datasets")
    for path in sorted((board / "bundles").glob("*.json")):
        _, opened = examine(path, installed())
        wrong, notes = checks_of_data.compare(opened.cells, Path(folder), installed())
        assert wrong == []
        assert len(notes) < len(opened.cells)
