"""Protocols with folds: a cell for each fold, and one that puts them together, which alone is a row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench.boards.csv import render_csv
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.plugins.registry import Registry
from emobench.records.predictions import read_predictions
from emobench.records.record import PartCount
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests.support import film_plugin
from tests.support.dots_runs import Listener
from tests.support.film_plugin import experiment
from tests.support.film_runs import planned, ran, refusal, table, why
from tests.support.people import PEOPLE

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_fold_is_a_cell_and_their_pool_is_another(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, PEOPLE, using=registry)
    cells = {job.cell.experiment: job.cell for job in plan.jobs}
    assert list(cells) == ["people/person-0", "people/person-1", "people/person-2", "people"]
    pool = cells["people"]
    assert pool.identity.folds == tuple(cells[f"people/person-{n}"].id for n in range(3))
    assert list(pool.identity.split) == ["test"]
    assert [cell.fold for cell in cells.values()] == ["person-0", "person-1", "person-2", ""]
    assert len({cell.id for cell in cells.values()}) == 4


def test_pool_holds_what_each_fold_says_of_its_own_person(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, PEOPLE, using=registry)
    records = ran(plan, registry)
    assert {record.status for record in records.values()} == {"finished"}
    pool = table(plan, "people")
    assert len(pool) == 72
    for fold in ("person-0", "person-1", "person-2"):
        own = table(plan, f"people/{fold}").sort_index()
        assert set(own["group"]) == {fold}
        pd.testing.assert_frame_equal(pool.loc[own.index], own, check_exact=True)
    truth, said = pool["label"], pool["prediction"]
    assert records["people"].scores["test"].metrics["accuracy"] == (truth == said).mean()
    assert records["people"].counts == {"test": PartCount(attempted=72, dropped=0)}


def test_pool_of_folds_that_select_says_that_each_chose_for_itself(tmp_path: Path, registry: Registry) -> None:
    protocol = '{ name = "by-person", hold_out = 0.5 }'
    people = experiment("people", protocol=protocol, headline="", grid="{ batch_size = [8, 16] }")
    records = ran(planned(tmp_path, people, using=registry), registry)
    for fold in ("person-0", "person-1", "person-2"):
        selection = records[f"people/{fold}"].selection
        assert selection
        assert selection.chosen
    pool = records["people"].selection
    assert pool
    assert (pool.kind, pool.by, pool.tried, pool.value, pool.samples) == ("validation", "balanced_accuracy", 2, None, 0)
    assert str(pool) == "each fold on its own validation part, by UAR"


def test_dropped_samples_of_the_folds_are_those_of_the_pool(tmp_path: Path, registry: Registry) -> None:
    data = tmp_path / "data" / "dots"
    data.mkdir(parents=True)
    film_plugin.Clips().write_twin(data)
    (data / "private" / "thin-03.pix").write_bytes(b"short")
    record = ran(planned(tmp_path, PEOPLE, using=registry, data=data.parent), registry)["people"]
    assert record.counts == {"test": PartCount(attempted=72, dropped=1)}
    assert [(one.sample_id, one.part) for one in record.dropped] == [("private-thin-03", "test")]


def test_one_fold_that_the_suite_names_is_a_row_of_its_own(tmp_path: Path, registry: Registry) -> None:
    alone = experiment("alone", protocol='{ name = "by-person", fold = "person-1" }', headline="")
    plan = planned(tmp_path, PEOPLE, alone, using=registry)
    assert [(skip.experiment, skip.same_as) for skip in plan.skipped] == [("alone", "people/person-1")]
    (job,) = planned(tmp_path, alone, using=registry).jobs
    assert (job.cell.experiment, job.cell.fold) == ("alone", "")


def test_board_ranks_the_pool_and_not_its_folds(tmp_path: Path, registry: Registry) -> None:
    records = ran(planned(tmp_path, PEOPLE, using=registry), registry)
    board = build_board(records.values())
    (task,) = board.tasks
    (row,) = task.rows
    assert row.cell.experiment == "people"
    assert [one.cell.fold for one in row.folds] == ["person-0", "person-1", "person-2"]
    assert len(board.records) == 4
    assert "people/person-1" in render_markdown(board, title="Folds")
    assert len(render_csv(board).splitlines()) == 2


def test_fold_that_fails_takes_the_pool_with_it_and_is_named(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, PEOPLE, using=registry)
    *jobs, pool = plan.jobs
    broken = jobs[1].model_copy(update={"root": tmp_path})
    for job in (jobs[0], broken, jobs[2]):
        run_cell(job, Listener(), Tasks(registry))
    record = run_cell(pool, Listener(), Tasks(registry))
    assert why(record).startswith(f"its member people/person-1 ({jobs[1].cell.id}) has no result: ")


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [
        ("overlapping", "' is tested in the folds 'person-0' and 'person-1'"),
        ("throwing", "the plugin failed: RuntimeError: no count"),
    ],
)
def test_protocol_that_breaks_the_contract_of_folds_is_left_out(
    tmp_path: Path, registry: Registry, protocol: str, reason: str
) -> None:
    bad = experiment("bad", protocol=f'"{protocol}"', headline="")
    plan = planned(tmp_path, bad, experiment("good"), using=registry)
    (skip,) = plan.skipped
    assert skip.unusable
    assert reason in skip.reason
    assert [job.cell.experiment for job in plan.jobs] == ["good"]


def test_model_of_all_folds_cannot_be_applied(tmp_path: Path, registry: Registry) -> None:
    applied = experiment("applied", model_of='"people"')
    assert "'people' fits a model for each fold" in refusal(tmp_path, PEOPLE, applied, using=registry)


def test_folds_of_two_models_can_be_fused(tmp_path: Path, registry: Registry) -> None:
    other = experiment("other", protocol='"by-person"', headline="", model='"net"')
    both = experiment("fused", fusion='"average"', members='["people", "other"]')
    records = ran(planned(tmp_path, PEOPLE, other, both, using=registry), registry)
    assert records["fused"].status == "finished"
    assert records["fused"].scores["test"].n == 72


def test_predictions_of_the_pool_are_in_the_order_of_the_samples(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, PEOPLE, using=registry)
    ran(plan, registry)
    pool = read_predictions(plan.run / "cells" / plan.jobs[-1].cell.id / "predictions.parquet")
    assert pool["sample_id"].is_monotonic_increasing
