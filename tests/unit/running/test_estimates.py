"""What cells will take, told by recorded cells."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from emobench.contracts.model import Schedule
from emobench.records.identity import Component
from emobench.records.record import PartCount, Phase, Record
from emobench.records.run_folder import read_records
from emobench.running.estimates import (
    Cost,
    Estimate,
    Machine,
    fit_rate,
    from_records,
    of_kind,
    own_seconds,
    related,
    usable,
)
from tests.support.factories import cell, failed, identity, record

HERE = Machine("cpu", "EPYC", 2)
PUBLISHED = Path(__file__).parents[3] / "leaderboards"


def took(seconds: float, threads: int = 2, name: str = "EPYC", **of: object) -> Record:
    """Return a record of 100 samples, 10 epochs and 50 predictions, which took 5 seconds."""
    return record(
        cell(what=identity(schedule=Schedule(epochs=10), **of)),
        counts={"train": PartCount(attempted=100, dropped=0), "test": PartCount(attempted=50, dropped=0)},
        phases={"fit": Phase(wall=seconds, cpu=seconds * threads), "predict": Phase(wall=5.0, cpu=5.0)},
        environment={"device": "cpu", "device_name": name, "threads": threads},
        peak_memory=1000,
    )


def test_rates_are_of_a_sample_and_an_epoch_and_the_median_counts() -> None:
    measured = from_records([took(100.0), took(110.0), took(900.0)], HERE)
    assert measured
    assert measured.fit == pytest.approx(0.11)
    assert measured.predict == pytest.approx(0.1)
    assert (measured.memory, measured.parameters) == (1000, 11_173_831)


def test_a_record_that_waited_for_other_programs_counts_what_it_computed() -> None:
    starved = took(100.0).model_copy(update={"phases": {"fit": Phase(wall=100.0, cpu=30.0)}})
    assert own_seconds(starved, "fit") == 30.0
    assert own_seconds(starved.model_copy(update={"environment": {"device": "cuda"}}), "fit") == 100.0


def test_records_of_another_machine_tell_nothing_unless_nothing_else_does() -> None:
    foreign = [took(100.0, name="Xeon"), took(100.0, threads=16)]
    assert from_records(foreign, HERE) is None
    anywhere = from_records(foreign, HERE, anywhere=True)
    assert anywhere
    assert anywhere.fit == pytest.approx(0.1)
    fewer = from_records([took(100.0, threads=1)], HERE)
    assert fewer
    assert fewer.fit
    assert 0.05 < fewer.fit < 0.1


def test_records_of_the_same_parameters_come_first() -> None:
    exact, other = took(1.0), took(2.0, model=Component(name="net", parameters={"dropout": 0.5}))
    image = took(3.0, representations=(Component(name="face-image", parameters={"size": 48}),))
    assert related(exact.cell.identity, [other, exact, image]) == [exact]
    assert related(exact.cell.identity, [other, image]) == [other]


def test_only_finished_cells_with_a_model_of_their_own_tell_anything() -> None:
    assert list(usable([failed(), took(1.0)])) == [took(1.0)]


def test_twins_tell_of_twins_alone() -> None:
    record = took(10)
    twin = record.model_copy(update={"cell": record.cell.model_copy(update={"provenance": "synthetic"})})
    assert of_kind("official", [record, twin]) == of_kind("unverified", [record, twin]) == [record]
    assert of_kind("synthetic", [record, twin]) == [twin]


def test_the_whole_takes_as_long_as_its_longest_cell_at_least() -> None:
    cells = {"a": Cost(100.0, 5, 10, 30, "records"), "b": Cost(20.0, 7, 1, 40, "records"), "c": Cost()}
    alone, two = Estimate(cells), Estimate(cells, workers=2)
    assert (alone.seconds, two.seconds) == (120.0, 100.0)
    assert (alone.memory, two.memory) == (7, 12)
    assert (alone.disk, two.disk) == (51, 81)
    assert alone.unknown == 1


def test_published_cells_of_over_a_minute_are_told_by_the_others_within_a_factor_of_one_and_a_half() -> None:
    records = list(usable(read_records(PUBLISHED)))
    ratios = []
    for one in records:
        # Representing is measured on the samples themselves, not told by records.
        seconds = sum(own_seconds(one, phase) for phase in ("fit", "predict") if phase in one.phases)
        others = related(one.cell.identity, [other for other in records if other is not one])
        told = from_records(others, Machine.of(one))
        if seconds <= 60 or told is None or told.fit is None or fit_rate(one) is None:
            continue
        epochs = one.cell.identity.schedule.epochs if one.cell.identity.schedule else 0
        predicted = sum(count.attempted for part, count in one.counts.items() if part != "train")
        ratios.append((told.fit * one.counts["train"].attempted * epochs + told.predict * predicted) / seconds)
    near = sum(1 / 1.5 <= ratio <= 1.5 for ratio in ratios)
    assert near >= 0.9 * len(ratios)
    assert median(ratios) == pytest.approx(1, abs=0.1)
    assert ratios
