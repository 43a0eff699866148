"""McNemar's test and Holm's correction against statsmodels and by manual counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats import contingency_tables, multitest

from emobench.scoring.significance import holm, mcnemar
from tests.support.outcomes import right_and_wrong


def of_counts(both: int, b: int, c: int, neither: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    first = [True] * (both + b) + [False] * (c + neither)
    second = [True] * both + [False] * b + [True] * c + [False] * neither
    return right_and_wrong(first), right_and_wrong(second)


@pytest.mark.parametrize("counts", [(50, 10, 25, 15), (3, 0, 1, 0), (7, 6, 6, 1), (0, 0, 9, 0), (100, 31, 12, 4)])
def test_mcnemar_against_statsmodels(counts: tuple[int, int, int, int]) -> None:
    both, b, c, neither = counts
    reference = contingency_tables.mcnemar([[both, b], [c, neither]], exact=True)
    found = mcnemar(*of_counts(*counts))
    assert (found.n, found.b, found.c) == (sum(counts), b, c)
    assert found.p == pytest.approx(reference.pvalue)
    assert found.discordant == (b + c) / sum(counts)


def test_mcnemar_by_hand() -> None:
    assert mcnemar(*of_counts(0, 1, 5, 0)).p == pytest.approx(2 * (1 + 6) / 2**6)


def test_models_that_agree_cannot_be_told_apart() -> None:
    assert mcnemar(*of_counts(5, 0, 0, 5)).p == 1


def test_mcnemar_takes_samples_by_their_ids() -> None:
    a, b = of_counts(10, 2, 7, 3)
    assert mcnemar(a, b.sample(frac=1, random_state=1)) == mcnemar(a, b)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_holm_against_statsmodels(size: int) -> None:
    p_values = [*np.random.default_rng(size).random(size).round(1)]  # rounded, so that some are equal
    assert holm(p_values) == pytest.approx(multitest.multipletests(p_values, method="holm")[1])


def test_holm_by_hand() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
