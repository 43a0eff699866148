"""What arrays must be, and what is said of those that are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench.scoring import SUM_TOLERANCE
from emobench.testing import arrays
from emobench.testing.contract import Breach

GOOD = np.asarray([[0.25, 0.75], [0.5, 0.5]])


def test_distributions_pass_within_the_tolerance() -> None:
    arrays.require_distributions(GOOD, "it")
    arrays.require_distributions(GOOD * (1 + SUM_TOLERANCE / 2), "it")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([[0.25, 0.75], [0.5, np.nan]], r"nan at \(1, 1\), and 0 more"),
        ([[0.25, 0.75], [-0.5, 1.5]], "a negative probability, -0.5"),
        ([[0.25, 0.75], [0.5, 0.6]], "a row 1 that sums to 1.1"),
    ],
)
def test_what_is_no_distribution_is_said_with_its_place(bad: Any, said: str) -> None:
    with pytest.raises(Breach, match=said):
        arrays.require_distributions(np.asarray(bad), "it")


def test_a_list_is_no_array() -> None:
    with pytest.raises(Breach, match="it returned list, no array"):
        arrays.require_shape([1, 2], (2,), "it")


def test_alike_is_within_and_not_beyond() -> None:
    arrays.require_alike(GOOD, GOOD + 0.01, 0.02, "they differ")
    with pytest.raises(Breach, match=r"they differ by up to 0\.03"):
        arrays.require_alike(GOOD, GOOD + 0.03, 0.02, "they differ")


def test_what_is_finite_in_one_only_differs() -> None:
    broken = np.where(GOOD == 0.75, np.nan, GOOD)
    arrays.require_alike(broken, broken, 0.02, "they differ")
    with pytest.raises(Breach, match="they differ by up to nan"):
        arrays.require_alike(GOOD, broken, 0.02, "they differ")


def test_an_array_that_is_written_to_is_named() -> None:
    first, second = GOOD.copy(), GOOD.copy()
    with (
        pytest.raises(Breach, match="fit changed the second"),
        arrays.unchanged("fit", {"the first": first, "the second": second}),
    ):
        second[0, 0] = 9
