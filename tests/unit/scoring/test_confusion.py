"""Metrics of many confusion matrices against the registered ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.contracts.metric import Metric
from emobench.scoring.confusion import averages
from tests.support.factories import CLASSES, built_in_metrics, predictions

METRICS = {metric.name: metric for metric in built_in_metrics()}

AVERAGES = {name: metric.average for name, metric in METRICS.items() if metric.average}


def plainly(table: pd.DataFrame, metric: Metric) -> float:
    truth = np.array([CLASSES.index(label) for label in table["label"]])
    probabilities = table[[f"p_{name}" for name in CLASSES]].to_numpy(np.float64)
    return metric.compute(truth, probabilities / probabilities.sum(axis=1, keepdims=True), CLASSES)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 25), seed=st.integers(0, 1000), name=st.sampled_from(list(AVERAGES)))
def test_averages_of_a_confusion_matrix_equal_the_metric(n: int, seed: int, name: str) -> None:
    table = predictions(n, seed=seed)
    confusion = sklearn.metrics.confusion_matrix(table["label"], table["prediction"], labels=list(CLASSES))
    assert averages(confusion[None], AVERAGES[name]) == pytest.approx([plainly(table, METRICS[name])])
