"""The parts of a split."""

from __future__ import annotations

import hashlib

from emobench.contracts import Split


def test_what_is_neither_trained_nor_chosen_on_is_tested() -> None:
    split = Split({"train": ("a",), "validation": ("b",), "public": ("c",), "private": ("d",)})
    assert split.test_parts == ("public", "private")


def test_hashes_do_not_depend_on_the_order_of_samples() -> None:
    assert Split({"test": ("a", "b")}).hashes == Split({"test": ("b", "a")}).hashes
    assert Split({"test": ("a", "b")}).hashes != Split({"test": ("ab",)}).hashes
    assert len(Split({"test": ("a",)}).hashes["test"]) == len(hashlib.sha256().hexdigest())
