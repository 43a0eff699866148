"""Pairs of rows are tested as compare tests them, and as statsmodels does."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests

from emobench.boards import comparison
from tests.support.boards import (
    METRICS,
    board,
    chance,
    made,
    table,
    uncertainty,
)


@pytest.mark.parametrize("groups", [0, 24])
def test_pairs_are_what_compare_says_of_the_same_rows(groups: int) -> None:
    rows = [made(name, table(chance(share, place), groups=groups)) for place, (name, share) in enumerate(
        {"a": 0.85, "b": 0.75, "c": 0.6}.items()
    )]  # fmt: skip
    entrants = [comparison.Entrant(one.cell.experiment, (one.cell,), (said,)) for one, said in rows]
    names = {one.cell.id: one.cell.experiment for one, _ in rows}
    compared = comparison.compare(entrants, "test", METRICS)
    expected = {(pair.a, pair.b): pair.apart["accuracy"] for pair in compared.pairs}
    found = {(names[pair.a], names[pair.b]): pair.apart["accuracy"] for pair in uncertainty(board(*rows)).pairs}
    assert found == expected
    assert set(expected.values()) == {True, False}


def test_p_values_are_statsmodels() -> None:
    rows = [
        made(name, table(chance(share, place)))
        for place, (name, share) in enumerate({"a": 0.8, "b": 0.7, "c": 0.68}.items())
    ]
    right = [(said["prediction"] == said["label"]).to_numpy() for _, said in rows]
    expected = [
        mcnemar_of_statsmodels(pd.crosstab(one, other).to_numpy(), exact=True).pvalue
        for one, other in itertools.combinations(right, 2)
    ]
    tests = [test for pair in uncertainty(board(*rows)).pairs for test in pair.tests if test.kind == "exact McNemar"]
    assert [test.p for test in tests] == pytest.approx(expected)
    assert [test.holm for test in tests] == pytest.approx(multipletests(expected, method="holm")[1])
