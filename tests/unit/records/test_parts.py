"""Rows of a part, and of all test parts together."""

from __future__ import annotations

import pandas as pd
import pytest

from emobench.records.parts import of_part

TABLE = pd.DataFrame({"sample_id": list("abcd"), "part": ["validation", "public", "private", "public"]})


@pytest.mark.parametrize(("part", "samples"), [("public", "bd"), ("validation", "a"), ("test", "bcd")])
def test_the_union_is_every_test_part_and_not_the_validation_part(part: str, samples: str) -> None:
    assert list(of_part(TABLE, part, ("public", "private"))["sample_id"]) == list(samples)


def test_a_part_of_the_unions_name_is_that_part_alone() -> None:
    table = TABLE.replace("public", "test")
    assert list(of_part(table, "test", ("test", "private"))["sample_id"]) == ["b", "d"]
