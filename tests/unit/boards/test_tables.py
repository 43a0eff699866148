"""Values of a table as people read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emobench.boards.tables import COUNT, POINTS, SCORE, Value, WithInterval, in_points, written
from emobench.boards.text import NONE, number
from emobench.scoring import bootstrap_interval, paired_bootstrap
from tests.support.factories import CLASSES, built_in_metrics, predictions

(ACCURACY,) = (metric for metric in built_in_metrics() if metric.name == "accuracy")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, SCORE, NONE),
        (0.5, SCORE, number("0.5000")),
        (12345, COUNT, number("12,345")),
        (WithInterval(None), SCORE, NONE),
        (WithInterval(0.5), SCORE, number("0.5000")),
        ("a text", "", "a text"),
    ],
)
def test_values_are_written_in_the_form_of_their_column(value: Value, form: str, text: object) -> None:
    assert written(value, form) == text


def test_the_ends_of_an_interval_stay_on_one_line() -> None:
    known = replace(bootstrap_interval(predictions(), ACCURACY, CLASSES), low=0.25, high=0.75)
    assert written(known, SCORE) == number("[0.2500,\u00a00.7500]")
    assert written(WithInterval(0.5, known), SCORE) == number("0.5000 [0.2500,\u00a00.7500]")


def test_a_difference_is_shown_in_points() -> None:
    difference = paired_bootstrap([predictions(seed=1)], [predictions(seed=1)], ACCURACY, CLASSES)
    shown = in_points(replace(difference, value=0.125))
    assert shown.value == pytest.approx(12.5)
    assert written(WithInterval(shown.value), POINTS) == number("+12.5")
    assert in_points(None) == WithInterval(None)
