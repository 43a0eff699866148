"""How a class order that differs is said."""

from __future__ import annotations

from emobench.records.class_order import ClassOrder


def test_it_says_both_accuracies_and_what_changes_places() -> None:
    found = ClassOrder(accuracy=0.12, permuted=0.61, cycles=(("happy", "sad"),), samples=100, part="test")
    assert str(found) == "class order differs: accuracy .12, after the permutation happy-sad .61"
