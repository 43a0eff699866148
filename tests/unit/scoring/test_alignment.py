"""The same samples in several tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from emobench.errors import EmobenchError
from emobench.scoring.alignment import common_samples
from emobench.scoring.bootstrap import paired_bootstrap
from emobench.scoring.significance import mcnemar
from tests.support.factories import CLASSES, built_in_metrics
from tests.support.outcomes import right_and_wrong

ACCURACY = {metric.name: metric for metric in built_in_metrics()}["accuracy"]


@pytest.mark.parametrize("test", [mcnemar, lambda a, b: paired_bootstrap(a, b, ACCURACY, CLASSES)])
def test_what_one_of_two_lacks_is_named(test: Callable[..., Any]) -> None:
    a = right_and_wrong([True] * 9)
    with pytest.raises(EmobenchError, match=r"4 samples are in one .* only: 'clip-0', 'clip-1', 'clip-2', \.\.\."):
        test(a, a.iloc[4:])


@pytest.mark.parametrize(("column", "value"), [("label", "happy"), ("group", "other")])
def test_truth_that_differs_is_named(column: str, value: str) -> None:
    a = right_and_wrong([True] * 4)
    b = a.copy()
    b.loc[2, column] = value
    with pytest.raises(EmobenchError, match=f"the {column} of sample 'clip-2' is .* and '{value}' \\(1 such"):
        mcnemar(a, b)


def test_samples_that_are_there_twice_are_refused() -> None:
    a = right_and_wrong([True] * 4)
    with pytest.raises(EmobenchError, match="'clip-3' is there twice"):
        mcnemar(a, pd.concat([a, a.tail(1)]))


def test_common_samples_are_in_the_order_of_the_first() -> None:
    a, b = right_and_wrong([True] * 6).iloc[[4, 2, 0, 5]], right_and_wrong([False] * 6).iloc[[0, 1, 2, 4]]
    assert [list(table["sample_id"]) for table in common_samples([a, b])] == [["clip-4", "clip-2", "clip-0"]] * 2


def test_nothing_in_common_is_refused() -> None:
    table = right_and_wrong([True] * 4)
    with pytest.raises(EmobenchError, match="no sample is in all"):
        common_samples([table.head(2), table.tail(2)])
