"""Anybody's predictions: what is to be predicted is written, what comes back is checked, and a row like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from emobench.boards.ranking import build_board
from emobench.contracts import hookimpl
from emobench.external import reading
from emobench.external.submission import submit
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.publishing.boards import publish
from emobench.publishing.bundles import packing, verifying
from emobench.publishing.rescoring import predictions_of, rescored
from emobench.records.audit_report import AuditReport
from emobench.records.cell import Cell
from emobench.records.departures import MadeElsewhere, Synthetic, in_words
from emobench.records.external_cells import SELECTION
from emobench.records.predictions import read_predictions
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder, read_record, record_bytes, write_record
from emobench.records.skipped import Skipped
from emobench.splits import folds
from emobench.splits import task as tasks
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_plugin import experiment
from tests.support.film_runs import planned, ran
from tests.support.people import PEOPLE
from tests.support.predicted_elsewhere import labelled, opened, saved, table

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_only_label_map_that_fits_is_taken(registry: Registry) -> None:
    alone = load(cast(Any, [one for one in film_plugin.entries() if one.name == "dots"]))
    assert tasks.only_target(Dots(), alone) == "shapes"


def test_a_submitted_row_stands_beside_the_harness_own_and_says_where_it_is_from(
    tmp_path: Path, registry: Registry
) -> None:
    plan = planned(tmp_path, experiment("own"), using=registry)
    own = ran(plan, registry)["own"]
    task = opened(registry)
    path = cell_folder(plan.run, own.cell.id) / "predictions.parquet"
    theirs = read_predictions(path)
    theirs = theirs[theirs["part"].isin(own.cell.identity.test_parts)]
    done = submit(saved(tmp_path, theirs), task, registry, headline="private", out=tmp_path / "runs")
    record = read_record(cell_folder(done.run, done.record.cell.id) / "record.json")
    for part, scores in own.scores.items():
        assert record.scores[part].confusion == scores.confusion
        assert record.scores[part].metrics == pytest.approx(scores.metrics)
    assert (record.selection, record.cell.provenance, record.cell.leaky) == (SELECTION, "synthetic", own.cell.leaky)
    assert record.cell.departures == (Synthetic(), MadeElsewhere())
    assert in_words(record.cell.departures) == "synthetic twin; predictions made elsewhere"
    assert record.cell.identity.split == own.cell.identity.split
    (both,) = build_board([record, own]).tasks
    assert {row.cell.experiment for row in both.rows} == {"own", "mine"}
    interval = done.board.intervals[record.cell.id]["accuracy"]
    assert (interval.unit, interval.exact) == ("sample", True)  # all right, of three people


def test_listeners_hear_of_predictions_as_of_a_run(tmp_path: Path, registry: Registry) -> None:
    class Listener:
        @hookimpl
        def emobench_cell_finished(self, cell: Cell, record: Record, folder: Path) -> None:
            assert record == read_record(folder / "record.json")
            told.append(f"{cell.experiment} {record.status}")

        @hookimpl
        def emobench_run_finished(self, records: list[Record], skipped: list[Skipped], folder: Path) -> None:
            assert (folder / "leaderboard.json").exists()
            told.append(f"run of {len(records)}, {len(skipped)} skipped")

    told: list[str] = []
    task = opened(registry)
    with registry.listening([Listener()]):
        submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    assert told == ["mine finished", "run of 1, 0 skipped"]


def test_predictions_of_all_folds_are_one_row_of_the_folds_task(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, PEOPLE, using=registry)
    own = ran(plan, registry)["people"]
    task = opened(registry, "by-person")
    done = submit(saved(tmp_path, table(task)), task, registry, out=tmp_path / "runs")
    assert done.record.cell.identity.split == own.cell.identity.split == folds.tested_in_all(task.splits).hashes
    assert done.record.scores["test"].n == len(task.samples)
    (both,) = build_board([done.record, own]).tasks
    assert len(both.rows) == 2
    (row,) = done.board.tasks[0].rows
    assert [report.protocol.parameters["fold"] for report in row.audits] == ["person-0", "person-1", "person-2"]
    assert all(isinstance(report, AuditReport) for report in done.audits)


def test_a_leaky_split_is_marked(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)  # persons stand on both sides of the folders
    assert task.leaky
    assert not opened(registry, "by-person").leaky
    done = submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    assert done.record.cell.leaky
    assert {finding.audit for report in done.audits for finding in report.findings} >= {"groups-in-two-parts"}


def test_labels_alone_have_no_scores_that_need_probabilities(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)
    whole = submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    done = submit(
        saved(tmp_path, labelled(table(task)), "labels.csv"), task, registry, headline="private", out=tmp_path / "runs"
    )
    assert done.left_out == ("log_loss", "ece")
    assert MadeElsewhere(given="labels") in done.record.cell.departures
    wanted = {
        name: value for name, value in whole.record.scores["private"].metrics.items() if name not in done.left_out
    }
    assert done.record.scores["private"].metrics == wanted
    # ... and no later computation brings them back.
    again = {record.cell.id: record for _, record in rescored(tmp_path / "runs", registry)}
    assert again[done.record.cell.id].scores == done.record.scores


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    (folder / "private" / "thin-04.pix").write_bytes(b"0" * 16)  # no longer the twin
    return folder.parent


@pytest.mark.parametrize("protocol", ["by-folder", "by-person"])
def test_bundles_of_submitted_rows_verify_and_can_be_published(
    tmp_path: Path, registry: Registry, data: Path, protocol: str
) -> None:
    task = opened(registry, protocol, data)
    headline = "private" if protocol == "by-folder" else None
    done = submit(saved(tmp_path, table(task)), task, registry, headline=headline, out=tmp_path / "runs")
    packed = packing.pack(tmp_path / "runs", tmp_path / "all.zip", registry)
    (tmp_path / "all.zip").write_bytes(packed.content)
    report = verifying.verify(tmp_path / "all.zip", registry, data)
    assert (report.problems, report.cells) == ((), 1)
    board = tmp_path / "board"
    publish(rescored(tmp_path / "runs", registry), board, registry)
    page = (board / "datasets" / "clips.md").read_text(encoding="utf-8")
    assert "predictions that were made elsewhere" in page
    assert "emobench run --suite submitted" not in page
    assert len(list((board / "audits").glob("*.json"))) == len(task.splits)
    assert predictions_of(rescored(board, registry)).keys() == {done.record.cell.id}


def test_a_bundle_whose_predictions_were_exchanged_is_refused(tmp_path: Path, registry: Registry, data: Path) -> None:
    task = opened(registry, data=data)
    done = submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    folder = cell_folder(done.run, done.record.cell.id)
    other = reading.read_external(saved(tmp_path, table(task, seed=1)), task)
    other.table.to_parquet(folder / "predictions.parquet", index=False)
    departures = tuple(one for one in done.record.cell.departures if one != MadeElsewhere())
    write_record(
        done.run,
        done.record.model_copy(update={"cell": done.record.cell.model_copy(update={"departures": departures})}),
    )
    packed = packing.pack(tmp_path / "runs", tmp_path / "all.zip", registry)
    (tmp_path / "all.zip").write_bytes(packed.content)
    problems = {one.what for one in verifying.verify(tmp_path / "all.zip", registry).problems}
    assert problems == {
        "the predictions are not those whose hash the cell names",
        "the predictions were made elsewhere, and the row does not say 'predictions made elsewhere'",
    }
    assert record_bytes(done.record)
