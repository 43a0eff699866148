"""Verdicts by what was measured, and on which data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from emobench.claims.arithmetic import Arithmetic, Check
from emobench.claims.ledger import Ledger
from emobench.claims.verdicts import (
    Measured,
    class_metric,
    compare,
    differences,
    judge,
    own_interval,
    why_of,
)
from emobench.plugins import installed_plugins
from emobench.records.departures import ChangedSetting, CopyNote, Limited, PaperReading, SampleCount, Synthetic
from emobench.records.identity import Component
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import write_record
from emobench.scoring.interval import Interval
from emobench.suites.schema import Suite
from tests.support.claims import accuracy, at, demo_folder, papers, stored, verdict
from tests.support.factories import CLASSES, cell, failed, identity, predictions, record


@pytest.fixture(scope="module")
def suite() -> Suite:
    return papers()[0]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return papers()[1]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return demo_folder(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "voices"},
        {"labels": "two@1"},
        {"protocol": Component(name="official")},
        {"model": Component(name="other")},
        {"schedule": None},
    ],
    ids=["dataset", "labels", "protocol", "model", "made elsewhere"],
)
def test_a_row_that_only_has_the_name_of_the_experiment_answers_no_claim(demo: Path, other: dict[str, Any]) -> None:
    of = cell(what=identity(**other))
    write_record(demo, record(of))
    place = demo / "cells" / of.id
    write_predictions(place / "predictions.parquet", predictions())
    assert verdict(demo, "0.5", [(place, record(of))]).verdict == "not run"


@pytest.mark.parametrize(
    ("offset", "wanted"), [(0.05, "reproduced"), (-0.08, "reproduced"), (0.2, "near"), (0.5, "not reproduced")]
)
def test_verdict_by_distance(demo: Path, offset: float, wanted: str) -> None:
    place = stored(demo)
    one = verdict(demo, at(place, offset), [place])
    assert one.verdict == wanted
    assert one.measured is not None
    assert one.measured.value == accuracy(place)
    assert (one.measured.interval.unit, one.measured.interval.units) == ("group", 5)


def test_near_needs_a_size(demo: Path) -> None:
    place = stored(demo)
    one = verdict(demo, at(place, 0.2), [place], 'sizes = [{ n = 60, source = "the text" }]\n', "")
    assert one.verdict == "not reproduced"


def test_own_interval_is_wilsons() -> None:
    p, n, z = 0.65, 60, 1.959963984540054
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert own_interval(p, n) == pytest.approx(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)))


def test_smallest_size_that_arithmetic_allows_counts(ledger: Ledger) -> None:
    claim = next(one for one in ledger.claims if one.value == "99.92")
    checks = tuple(Check("count", str(n), status, n=n) for n, status in ((10, "impossible"), (1213, "possible")))  # type: ignore[arg-type]
    measured = Measured("x", "id", "test", 100, 0.9, Interval(0.85, 0.95, 0.95, "sample", 100), (0,), "official", ())
    assert compare(claim, Arithmetic(checks), measured) == "not reproduced"  # near, were the test of 10 samples
    assert compare(claim, Arithmetic((Check("count", "10", "possible", n=10),)), measured) == "near"


def test_impossible_goes_before_what_was_measured(demo: Path) -> None:
    place = stored(demo)
    one = verdict(demo, "0.4242", [place])
    assert one.verdict == "impossible as printed"
    assert "25/60" in one.why
    assert one.measured is not None


def test_without_a_result_a_claim_is_not_run(demo: Path) -> None:
    assert verdict(demo, "0.5000", []).verdict == "not run"
    lost = failed(cell(what=identity(seed=42)))
    one = verdict(demo, "0.5000", [(demo, lost)])
    assert (one.verdict, one.why) == ("not run", "failed: RuntimeError")


SHORT = ChangedSetting(setting="epochs", value=1, suite=6)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"provenance": "synthetic", "departures": (Synthetic(),)}, "synthetic"),
        ({"provenance": "stand-in"}, "stand-in"),
        ({"departures": (Limited(samples=100),)}, "subset"),
        ({"departures": (SampleCount(found=480, official=1440),)}, "subset"),
        ({"departures": (SHORT,)}, "reduced schedule"),
        (
            {"departures": (SHORT.within("other"), ChangedSetting(setting="learning_rate", value=0.1, suite=0.2))},
            "reduced schedule, other schedule",
        ),
    ],
)
def test_other_data_or_schedule_is_not_comparable(demo: Path, changes: dict[str, Any], why: str) -> None:
    place = stored(demo, **changes)
    one = verdict(demo, at(place, 0), [place])
    assert (one.verdict, one.why) == ("not comparable", why)


def test_verdicts_do_not_read_sentences(demo: Path, sentences_renamed: None) -> None:
    short, whole = stored(demo, seed=1, departures=(SHORT,)), stored(demo, seed=2)
    assert verdict(demo, at(short, 0), [short]).why == "reduced schedule"
    one = verdict(demo, at(whole, 0), [short, whole])
    assert one.measured is not None
    assert (one.verdict, one.measured.cell) == ("reproduced", whole[1].cell.id)


def test_what_does_not_forbid_a_comparison() -> None:
    more = SampleCount(found=1500, official=1440)
    # The words of a copy are never read.
    words = CopyNote(what="epochs 1 (suite: 6); 4 of 5 samples")
    assert differences("unverified", (words, ChangedSetting(setting="seed", value=43, suite=42), more)) == ()


def test_quoted_numbers_are_never_comparable(demo: Path) -> None:
    place = stored(demo)
    one = verdict(
        demo, at(place, 0), [place], 'origin = "measured"', 'origin = "quoted"\nnot_comparable = "quoted: elsewhere"'
    )
    assert (one.verdict, one.why) == ("not comparable", "quoted: elsewhere")


def test_result_on_better_data_with_the_seed_of_the_suite_is_taken(demo: Path) -> None:
    places = [
        stored(demo, seed=1, provenance="synthetic"),
        stored(demo, seed=42),
        stored(demo, seed=43, departures=(ChangedSetting(setting="seed", value=43, suite=42),)),
    ]
    one = verdict(demo, "0.5000", places)
    assert one.measured is not None
    assert one.measured.cell == places[1][1].cell.id


def test_class_of_a_claim_is_measured(demo: Path) -> None:
    place = stored(demo)
    wanted = place[1].scores["test"].per_class[1]
    old = 'value = "VALUE", metric = "accuracy", averaging = "none"'.replace("VALUE", "0.50")
    new = f'value = "0.50", metric = "recall", averaging = "class", class = "1", label = "{CLASSES[1]}", matrix = "m"'
    one = verdict(demo, "0.50", [place], old, new)
    assert one.measured is not None
    assert one.measured.value == wanted.recall == pytest.approx((one.measured.interval.low or 0) + 0.1)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_class_metric_is_scikit_learns(place: int) -> None:
    table = predictions()
    truth = np.asarray([CLASSES.index(label) for label in table["label"]])
    probabilities = table[[f"p_{name}" for name in CLASSES]].to_numpy(dtype=np.float64)
    wanted = precision_recall_fscore_support(truth, probabilities.argmax(axis=1), average=None)
    for number, ratio in enumerate(("precision", "recall", "f1")):
        got = class_metric(ratio, CLASSES[place]).compute(truth, probabilities, CLASSES)
        assert got == pytest.approx(wanted[number][place])


def test_an_interval_that_nearly_any_value_passes_is_uninformative(ledger: Ledger) -> None:
    claim = next(each for each in ledger.claims if each.value == "99.92")
    for ends, wanted in (((0.90, 1.0), "reproduced"), ((0.79, 1.0), "uninformative"), ((0.3, 0.8), "not reproduced")):
        measured = Measured("x", "id", "test", 16, 0.9, Interval(*ends, 0.95, "sample", 16), (0,), "official", ())
        assert compare(claim, Arithmetic((Check("count", "16", "possible", n=1213),)), measured) == wanted


def test_an_unknown_interval_decides_nothing(ledger: Ledger) -> None:
    unknown = Interval(None, None, 0.95, "group", 2, unknown="few units")
    measured = Measured("x", "id", "test", 100, 0.9992, unknown, (0,), "official", ())
    claim = next(each for each in ledger.claims if each.value == "99.92")
    assert compare(claim, Arithmetic(()), measured) == "uninformative"


def test_several_seeds_are_measured_by_their_mean(demo: Path) -> None:
    places = [stored(demo, seed=seed) for seed in (42, 43)]
    one = verdict(demo, "0.5000", places)
    assert one.measured is not None
    assert one.measured.seeds == (42, 43)


def test_a_bound_that_the_papers_own_number_breaks_is_impossible() -> None:
    suite, ledger = papers()
    judged = judge(ledger, suite, [], installed_plugins())
    of_range = [each for each in judged if each.claim.bound]
    assert [each.verdict for each in of_range] == ["impossible as printed"] * 2
    assert "63.79" in of_range[0].why


def test_a_reading_of_the_paper_stands_beside_the_verdict(demo: Path) -> None:
    reading = PaperReading(setting="epochs", value=200, stated="6", where="section 3.1")
    place = stored(demo, departures=(reading,))
    one = verdict(demo, at(place, 0), [place])
    assert (one.verdict, one.readings) == ("reproduced", (reading,))
    assert str(reading) == "reading of the paper: epochs 200 (section 3.1: 6)"


@pytest.mark.parametrize(
    ("ends", "wanted", "why"),
    [
        ((0.68, 0.75), "reproduced", ""),
        ((0.60, 0.65), "not reproduced", ""),
        ((0.62, 0.72), "uninformative", "the interval holds the bound"),
        ((0.50, 0.72), "uninformative", "the interval is 22 points wide, more than 20"),
    ],
)
def test_a_bound_is_kept_by_the_whole_interval(
    ledger: Ledger, ends: tuple[float, float], wanted: str, why: str
) -> None:
    claim = next(each for each in ledger.claims if each.bound == "at least")
    measured = Measured("x", "id", "test", 100, 0.7, Interval(*ends, 0.95, "sample", 100), (0,), "official", ())
    found = compare(claim, Arithmetic(()), measured)
    assert (found, why_of(found, measured.interval)) == (wanted, why)
