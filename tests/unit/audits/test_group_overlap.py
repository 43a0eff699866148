"""People, takes and parents in two parts."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.support.audited import Planted, audited, ids, index, only


def test_a_group_in_two_parts_is_an_error_and_counts_tested_samples() -> None:
    shared = dict.fromkeys(("train-000", "test-000", "test-001"), "Ann")
    samples, split = index({"train": 6, "test": 6}, group=shared)
    finding = only(audited(Planted("image", {}), samples, split, "groups-in-two-parts"))
    assert (finding.severity, finding.part, finding.count) == ("error", "train / test", 2)
    assert finding.examples == ("group = Ann",)


def test_a_group_in_training_and_validation_is_a_warning() -> None:
    samples, split = index(
        {"train": 6, "validation": 3, "test": 6}, group={"train-000": "Ann", "validation-001": "Ann"}
    )
    finding = only(audited(Planted("image", {}), samples, split, "groups-in-two-parts"))
    assert (finding.severity, finding.part) == ("warning", "train / validation")


def test_every_column_of_identities_counts_and_empty_values_do_not() -> None:
    class TwoVoices(Planted):
        identities: ClassVar[tuple[str, ...]] = ("group", "speaker")

    shared = {"train-002": "Bob", "test-004": "Bob"}
    samples, split = index({"train": 6, "test": 6}, group=dict.fromkeys(ids("test", 6), ""), speaker=shared)
    finding = only(audited(TwoVoices("image", {}), samples, split, "groups-in-two-parts"))
    assert finding.examples == ("speaker = Bob",)


def test_a_take_in_two_parts() -> None:
    samples, split = index({"train": 6, "test": 6}, take={"train-003": "01-07", "test-003": "01-07", "test-004": "02"})
    finding = only(audited(Planted("image", {}), samples, split, "takes-in-two-parts"))
    assert (finding.severity, finding.count, finding.examples) == ("error", 1, ("take = 01-07",))


def test_two_test_parts_may_share_a_take() -> None:
    samples, split = index({"train": 3, "test": 3, "more": 3}, take={"test-000": "01", "more-000": "01"})
    assert audited(Planted("image", {}), samples, split, "takes-in-two-parts").findings == ()


@pytest.mark.parametrize("column", ["parent", "voice_parent"])
def test_a_child_apart_from_its_parent_is_found(column: str) -> None:
    samples, split = index({"train": 6, "test": 6}, **{column: {"train-001": "test-004", "train-002": "train-003"}})
    finding = only(audited(Planted("image", {}), samples, split, "parents-in-two-parts"))
    assert (finding.severity, finding.count) == ("error", 1)
    assert finding.examples == (f"{column} = test-004",)


def test_two_children_of_an_absent_parent_in_two_parts_are_found() -> None:
    samples, split = index({"train": 6, "test": 6}, parent={"train-001": "elsewhere", "test-002": "elsewhere"})
    assert only(audited(Planted("image", {}), samples, split, "parents-in-two-parts")).examples == (
        "parent = elsewhere",
    )


def test_where_nothing_is_fitted_nothing_can_leak() -> None:
    samples, split = index({"test": 6})
    report = audited(Planted("image", {}), samples, split, "groups-in-two-parts")
    assert report.not_run == {"groups-in-two-parts": "nothing is fitted under this protocol"}
