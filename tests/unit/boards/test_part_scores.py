"""What a record says of one test part."""

from __future__ import annotations

import pytest

from emobench.boards import part_scores
from emobench.records import Component, PartCount
from tests.support.factories import cell, failed, identity, predictions, record, scores, sha256

PARTS = ("public", "private")
TWO = cell(
    what=identity(split={part: sha256(part) for part in ("train", *PARTS)}, protocol=Component(name="official")),
    headline="test",
)


def test_a_failed_cell_has_no_scores_whatever_its_record_says() -> None:
    assert part_scores.scores_of(failed(scores=scores()), "test") is None


def test_the_most_frequent_class_is_right_as_often_as_it_is_there() -> None:
    labels = predictions()["label"].value_counts()
    assert part_scores.constant_score(record()) == pytest.approx(labels.max() / 60)


def test_counts_of_all_parts_are_added() -> None:
    counts = {"public": PartCount(attempted=30, dropped=2), "private": PartCount(attempted=20, dropped=3)}
    one = record(TWO, counts=counts)
    assert part_scores.counted(one, "test") == PartCount(attempted=50, dropped=5)
    assert part_scores.scored_share(one) == pytest.approx(0.9)


def test_a_part_that_nobody_counted_leaves_the_number_unknown() -> None:
    one = record(TWO, counts={"public": PartCount(attempted=30, dropped=2)})
    assert part_scores.counted(one, "test") is None
    assert part_scores.scored_share(one) == 1
