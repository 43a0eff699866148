"""Slices: what divides the samples, and what each of them gives."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics

from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.records.attributes import attributes_of
from emobench.records.predictions import predictions_table
from emobench.scoring.subgroups import AGE_BANDS, MINIMUM, slices, worst
from tests.support.boards import METRICS, board, chance, made, table, tables
from tests.support.factories import CLASSES, metrics_of_numbers

ACCURACY = METRICS["accuracy"]


def index(predictions: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    known = attributes_of(pd.DataFrame({"sample_id": predictions["sample_id"], **columns}))
    assert known is not None
    return known


def test_slices_are_what_pandas_and_scikit_learn_give() -> None:
    predictions = table(chance(0.6, 1), groups=6)
    sex = np.random.default_rng(1).choice(["female", "male"], len(predictions))
    found = slices(predictions, index(predictions, sex=sex).sample(frac=1, random_state=1), ACCURACY, CLASSES)
    for column, values in (("group", predictions["group"]), ("sex", pd.Series(sex))):
        mine = {one.value: one for one in found if one.column == column}
        expected = {str(value): rows for value, rows in predictions.groupby(values.to_numpy())}
        assert mine.keys() == expected.keys()
        for value, rows in expected.items():
            assert mine[value].n == len(rows)
            assert mine[value].score == pytest.approx((rows["prediction"] == rows["label"]).mean())
            uar = sklearn.metrics.balanced_accuracy_score(rows["label"], rows["prediction"])
            assert mine[value].uar == pytest.approx(uar)


def test_within_a_slice_samples_are_resampled() -> None:
    right = chance(0.6, 2, 2000)
    predictions = table(right, groups=10)
    sex = np.asarray(["female", "male"])[np.arange(2000) // 1000]
    female, _ = (
        one for one in slices(predictions, index(predictions, sex=sex), ACCURACY, CLASSES) if one.column == "sex"
    )
    assert female.interval is not None
    assert (female.interval.unit, female.interval.units) == ("sample", 1000)
    reference = scipy.stats.bootstrap((right[:1000].astype(float),), np.mean, method="percentile", rng=1)
    ends = reference.confidence_interval
    assert (female.interval.low, female.interval.high) == pytest.approx((ends.low, ends.high), abs=0.005)


def test_small_slices_have_no_interval_and_are_not_the_worst() -> None:
    right = chance(0.7, 3)
    right[: MINIMUM - 1] = False
    predictions = table(right)
    race = np.repeat(["a", "b", "c"], [MINIMUM - 1, MINIMUM, len(right) - 2 * MINIMUM + 1])
    small, least, large = slices(predictions, index(predictions, race=race), ACCURACY, CLASSES)
    assert (small.n, small.score, small.interval) == (MINIMUM - 1, 0.0, None)
    assert least.interval is not None
    assert worst([small, least, large]) == {"race": min(least, large, key=lambda one: one.score)}


def test_equal_slices_have_no_worst() -> None:
    predictions = table(np.ones(60, dtype=bool))
    sex = np.repeat(["female", "male"], 30)
    assert worst(slices(predictions, index(predictions, sex=sex), ACCURACY, CLASSES)) == {}


def test_ages_come_in_bands_and_unknown_ones_in_none() -> None:
    ages: list[Any] = [18, 29.9, 30, 39, 40, 49, 50, 59, 60, 91, None, "unknown"]
    predictions = table(np.ones(len(ages), dtype=bool))
    found = slices(predictions, index(predictions, age=ages), ACCURACY, CLASSES)
    assert {one.value: one.n for one in found} == dict.fromkeys(AGE_BANDS, 2)
    assert [one.value for one in found] == list(AGE_BANDS)


def test_what_does_not_divide_is_left_out() -> None:
    predictions = table(np.ones(6, dtype=bool), groups=1)
    known = index(predictions, sex=["female"] * 6, race=["", "", None, np.nan, "", ""], word=list("abcdef"))
    assert list(known.columns) == ["sample_id", "sex", "race"]
    assert slices(predictions, known, ACCURACY, CLASSES) == ()


def test_many_values_are_shown_by_their_worst_and_told_in_full_to_programs() -> None:
    right = np.concatenate([np.arange(20) < 20 - number for number in range(12)])
    one = made("net", table(right, groups=12))
    made_board = board(one)
    page = render_markdown(made_board, title="Demo")
    (shown,) = (rows for rows in tables(page) if "by" in rows[0])
    assert [row["value"] for row in shown] == [f"speaker-{number}" for number in (11, 10, 9, 8, 7)]
    assert "group speaker-11 (accuracy 0.4500, n 20)" in page
    (task,) = json.loads(render_json(made_board))["tasks"]
    assert len(task["rows"][0]["slices"]["group"]) == 12


def test_worst_class_is_named() -> None:
    one, predictions = made("net", table(chance(0.7, 5)))
    recalls = {each.label: each.recall for each in one.scores["test"].per_class}
    label = min(recalls, key=recalls.__getitem__)
    page = render_markdown(board((one, predictions)), title="Demo")
    assert f"class {label} (recall {recalls[label]:.4f}, n 80)" in page


def test_slices_of_values_have_the_mean_absolute_error_and_the_largest_is_the_worst() -> None:
    (mae,) = (metric for metric in metrics_of_numbers() if metric.name == "mae")
    groups = ["near"] * MINIMUM + ["far"] * MINIMUM
    truth = pd.DataFrame({"sample_id": [f"s{place}" for place in range(2 * MINIMUM)], "part": "test", "label": ""})
    table = predictions_table(
        ("v",), np.repeat([[1.0], [5.0]], MINIMUM, axis=0), truth.assign(group=groups, true_v=0.5)
    )
    found = {one.value: one for one in slices(table, None, mae, ("v",))}
    assert {value: (one.score, one.uar, one.metric) for value, one in found.items()} == {
        "near": (0.5, None, "mae"),
        "far": (4.5, None, "mae"),
    }
    assert worst(found.values())["group"].value == "far"
