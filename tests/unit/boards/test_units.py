"""Shares are in per cent and points, every other score is as it is."""

from __future__ import annotations

import math

import pytest

from emobench.boards.text import NONE
from emobench.boards.units import difference, goodness, heading, is_share, penalised, short, tie_breaker, times, unit


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("accuracy", True),
        ("f1_macro", True),
        ("ccc", False),
        ("rmse", False),
        ("jensen_shannon", False),
        ("mine", False),
    ],
)
def test_a_share_lies_in_0_to_1_and_has_no_unit(name: str, share: bool) -> None:
    assert is_share(name) is share


def test_scores_are_written_in_their_unit() -> None:
    assert [short("accuracy", 0.5123), short("ccc", 0.5123), short("ccc", None)] == ["51.2", "0.512", NONE]


def test_headings_say_per_cent_of_shares_alone() -> None:
    assert [heading("balanced_accuracy"), heading("ccc"), heading("ccc.valence")] == ["UAR %", "CCC", "CCC, valence"]


def test_differences_have_their_unit() -> None:
    assert difference("accuracy", 0.032) == "3.2 points"
    assert difference("jensen_shannon", -0.032, signed=True) == "-0.032 bits"
    assert difference("rmse", 0.5) == "0.500"


def test_shares_alone_are_multiplied() -> None:
    assert (times("accuracy"), times("rmse")) == (100, 1)


def test_units_of_differences() -> None:
    assert [unit("accuracy"), unit("cross_entropy"), unit("ccc")] == ["points", "nats", ""]


def test_a_lower_error_is_better() -> None:
    assert goodness("rmse", 0.4) > goodness("rmse", 0.5)
    assert goodness("ccc", 0.4) < goodness("ccc", 0.5)


def test_rows_of_one_score_are_ordered_by_another_metric() -> None:
    assert [tie_breaker(name) for name in ("ccc", "rmse", "jensen_shannon")] == ["rmse", "ccc", "accuracy"]


def test_samples_left_out_count_as_wrong_in_a_share() -> None:
    assert penalised("accuracy", 0.8, 0.5) == pytest.approx(0.4)


def test_a_negative_score_is_no_better_for_samples_left_out() -> None:
    assert penalised("ccc", -0.4, 0.5) == -0.4


def test_samples_left_out_have_the_largest_divergence() -> None:
    assert penalised("jensen_shannon", 0.2, 0.5) == pytest.approx(0.6)


def test_an_error_without_an_end_is_divided_by_what_was_scored() -> None:
    assert penalised("rmse", 1.5, 0.5) == pytest.approx(3.0)
    assert penalised("rmse", 1.5, 0.0) == math.inf
