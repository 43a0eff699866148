"""How metrics are called on boards, and in which order they stand."""

from __future__ import annotations

from collections.abc import Mapping

ACCURACY = "accuracy"
UAR = "balanced_accuracy"

METRIC_TITLES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "UAR",
    "f1_weighted": "F1 (weighted)",
    "precision_weighted": "precision (weighted)",
    "recall_weighted": "recall (weighted)",
    "f1_macro": "F1 (macro)",
    "precision_macro": "precision (macro)",
    "recall_macro": "recall (macro)",
    "log_loss": "log loss",
    "ece": "ECE",
}
"""Headings in the order of columns. Records carry names only, and a board needs no plugin to be read."""


WITH_INTERVAL = (
    ACCURACY,
    UAR,
    "f1_weighted",
    "precision_weighted",
    "recall_weighted",
    "f1_macro",
    "precision_macro",
    "recall_macro",
)
"""Metrics that get an interval: those that a task may be ranked by, and those of the papers' tables."""


def ties_by(ranked_by: str) -> str:
    """Return the metric that orders rows of one score: accuracy, or UAR where rows are ranked by accuracy."""
    return UAR if ranked_by == ACCURACY else ACCURACY


def metric_title(name: str) -> str:
    """Return a metric's heading; one that is not known here keeps its name, with spaces."""
    return METRIC_TITLES.get(name, name.replace("_", " "))


def metric_order(names: set[str]) -> list[str]:
    """Return metric names in the order of columns, unknown ones last."""
    return [name for name in METRIC_TITLES if name in names] + sorted(names - set(METRIC_TITLES))
