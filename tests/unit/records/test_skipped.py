"""Why an experiment has no cell of its own, in words."""

from __future__ import annotations

from typing import get_args

import pytest

from emobench.records.skipped import Kind, Skipped


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_its_words_on_one_line(kind: Kind) -> None:
    reason = Skipped("net", kind, "faces").reason
    assert reason
    assert "\n" not in reason
    assert "{" not in reason


def test_what_shares_a_cell_names_it() -> None:
    skipped = Skipped("net", "same as", "other", cell="0123456789abcdef")
    assert skipped.same_as == "other"
    assert skipped.reason.endswith("(cell 0123456789abcdef)")


def test_only_data_that_is_there_can_be_unusable() -> None:
    assert Skipped("net", "unusable", "no sample").unusable
    assert not Skipped("net", "not found", "Faces").unusable
    assert Skipped("net", "not found", "Faces").same_as == ""
