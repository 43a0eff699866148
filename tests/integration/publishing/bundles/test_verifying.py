"""Bundles that verify, and what verification says of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
from emobench_plugins.metrics import classification

from emobench.contracts import Target
from emobench.plugins import installed_plugins
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.publishing.bundles import adding, verifying
from emobench.publishing.bundles.adding import add
from emobench.publishing.bundles.checks import record as checks_of_record
from emobench.publishing.bundles.packing import pack
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import cell_folder, write_record
from tests.conftest import FakeEntry
from tests.support.bundles import (
    files_of,
    in_cell,
    in_identity,
    problems,
    with_record,
    with_table,
    written,
    wrong_score,
    zipped,
)
from tests.support.kinds import AFFECT, VOTES, told, values_table, votes_table


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


TABLES = {AFFECT: values_table, VOTES: votes_table}
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture
def known() -> Registry:
    return installed_plugins()


def packed(folder: Path, target: Target, known: Registry) -> bytes:
    """Return a bundle of one cell."""
    made, table = told("mlp", target, TABLES[target](0.5), provenance="unverified", leaky=True)
    write_record(folder / "runs", made)
    write_predictions(cell_folder(folder / "runs", made.cell.id) / "predictions.parquet", table)
    return pack(folder / "runs", Path("all.zip"), known).content


@pytest.mark.parametrize("target", [AFFECT, VOTES], ids=lambda target: target.name)
def test_a_bundle_verifies(tmp_path: Path, target: Target, known: Registry) -> None:
    assert problems(tmp_path, packed(tmp_path, target, known), known) == []


@pytest.mark.parametrize("target", [AFFECT, VOTES], ids=lambda target: target.name)
def test_a_bundle_is_added(tmp_path: Path, target: Target, known: Registry) -> None:
    added = add([written(tmp_path, packed(tmp_path, target, known))], tmp_path / "board", known)
    assert len(added.rows) == 1


def at(column: str, value: Any) -> Change:
    return lambda table: table.assign(**{column: table[column].mask(table.index == 0, value)})


TRUTH_FAULTS: list[tuple[Target, Change, str]] = [
    (AFFECT, at("true_valence", 6.99), "ccc on 'test' is"),
    (AFFECT, at("true_valence", 8.0), "has a true valence that is not from 1 to 7"),
    (AFFECT, at("true_valence", float("nan")), "a value is not finite"),
    (AFFECT, at("p_arousal", 1.0), "rmse.arousal on 'test' is"),
    (AFFECT, at("label", "angry"), "has a label beside its values"),
    (AFFECT, lambda table: table.drop(columns="true_arousal"), "the columns are not those of predictions"),
    (VOTES, at("true_angry", 40.0), "jensen_shannon on 'test' is"),
    (VOTES, at("true_angry", -1.0), "has no votes, or some below 0"),
    (VOTES, lambda table: table.assign(true_angry=50.0), "has another label than the class of most votes"),
    (VOTES, lambda table: table.assign(true_angry=table["true_angry"] + 1), "what a rater scores against the others"),
]


@pytest.mark.parametrize(
    ("target", "change", "said"), TRUTH_FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_changed_table_is_found(tmp_path: Path, target: Target, change: Change, said: str, known: Registry) -> None:
    forged = zipped(with_table(files_of(packed(tmp_path, target, known)), "mlp", change))
    assert any(said in line for line in problems(tmp_path, forged, known))


def test_a_target_of_other_names_is_found(tmp_path: Path, known: Registry) -> None:
    other = Target("mood", "values", AFFECT.names, AFFECT.ranges)
    files = files_of(packed(tmp_path, AFFECT, known))
    forged = zipped(with_record(files, "mlp", lambda one: in_identity(one, target=other)))
    assert any("the target 'mood' is of other names" in line for line in problems(tmp_path, forged, known))


def test_a_metric_that_does_not_measure_the_kind_cannot_rank(tmp_path: Path, known: Registry) -> None:
    files = files_of(packed(tmp_path, AFFECT, known))
    forged = zipped(with_record(files, "mlp", lambda one: in_cell(one, ranked_by="accuracy")))
    assert any("does not measure targets of kind 'values'" in line for line in problems(tmp_path, forged, known))
