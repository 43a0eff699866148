"""Cells that contradict each other, or the board."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from emobench.publishing.boards import publish
from emobench.publishing.bundles import adding, packing, verifying
from emobench.publishing.bundles.checks import agreement
from emobench.publishing.bundles.manifest import sha256
from emobench.publishing.bundles.reading import Bundled
from emobench.publishing.rescoring import rescored
from emobench.records.record import Record
from emobench.records.run_folder import parse_record
from emobench.scoring.scores import score
from tests.support.bundles import (
    cell_of,
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


def test_cells_must_agree_on_labels(tmp_path: Path, whole: bytes, registry: Registry) -> None:
    def swap(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["sample_id"] == "private-thin-00", ["label", "group"]] = ["round", "nobody"]
        return table

    told = problems(tmp_path, zipped(with_table(files_of(whole), "second", swap)), registry)
    for what in ("the label of sample 'private-thin-00' is", "the group of sample 'private-thin-00' is"):
        assert any(what in line for line in told), told


def test_cells_must_agree_on_splits(whole: bytes, tmp_path: Path, registry: Registry) -> None:
    def swap(record: Record) -> Record:
        split = record.cell.identity.split
        return in_identity(record, split={**split, "train": split["private"]})

    told = problems(tmp_path, zipped(with_record(files_of(whole), "second", swap)), registry)
    assert any("the part 'train' has other samples than in cells/" in line for line in told), told


def test_another_result_for_a_row_of_another_bundle_is_refused(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    later = with_record(files_of(single), "fitted", lambda one: one.model_copy(update={"peak_memory": 1}))
    with pytest.raises(EmobenchError, match="came with the bundle 'mine', and is another there"):
        adding.add([written(tmp_path, zipped(later), "theirs.zip")], board, registry)
    adding.add([written(tmp_path, zipped(later))], board, registry)  # one's own may be brought up to date


def test_a_row_that_came_without_a_bundle_is_not_replaced(
    tmp_path: Path, runs: Path, single: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    publish([one for one in rescored(runs, registry) if one[1].cell.experiment == "fitted"], board, registry)
    adding.add([written(tmp_path, single)], board, registry)  # the same bytes may come
    later = with_record(files_of(single), "fitted", lambda one: one.model_copy(update={"peak_memory": 1}))
    receipts = board / "bundles"
    (receipts / "mine.json").unlink()
    with pytest.raises(EmobenchError, match="is on the board, and is another there"):
        adding.add([written(tmp_path, zipped(later))], board, registry)


def test_other_samples_of_the_same_official_files_are_refused(tmp_path: Path, single: bytes) -> None:
    (one,) = (
        Bundled(parse_record(content, ""), pd.DataFrame(columns=["sample_id", "label", "group"]))
        for name, content in files_of(single).items()
        if "record" in name
    )
    official = Bundled(in_cell(one.record, provenance="official"), one.table)
    other = Bundled(in_identity(official.record, content=sha256(b"fewer")), one.table)
    assert list(agreement.among({"here": official, "there": official})) == []
    (problem,) = agreement.among({"here": official, "there": other})
    assert problem.where == "cells/there"
    assert problem.what == "the same files of 'clips' have another content than in cells/here"


def test_labels_that_contradict_the_board_are_refused(
    tmp_path: Path, single: bytes, runs: Path, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    other = files_of(packing.pack(runs, Path("second.zip"), registry, ["second"]).content)
    forged = with_table(other, "second", relabelled)
    path = f"cells/{cell_of(forged, 'second')}"
    record = parse_record(forged[f"{path}/record.json"], path)
    table = pd.read_parquet(io.BytesIO(forged[f"{path}/predictions.parquet"]))
    scores = score(table, record.cell.identity.classes, record.cell.identity.test_parts, registry.metrics.values())
    perfect = with_record(forged, "second", lambda one: one.model_copy(update={"scores": scores}))
    bundle = written(tmp_path, zipped(perfect), "second.zip")
    assert verifying.verify(bundle, registry).verified  # nothing in the bundle itself tells
    with pytest.raises(EmobenchError, match=r"not added: .*the label of sample .* in the board's cells/"):
        adding.add([bundle], board, registry)
