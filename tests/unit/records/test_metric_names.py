"""How metrics are called, and in which order they stand."""

from __future__ import annotations

from emobench.records.metric_names import metric_order, metric_title


def test_known_metrics_come_in_the_order_of_columns_and_others_behind_them() -> None:
    names = {"zeal", "ece", "accuracy", "a_metric", "balanced_accuracy"}
    assert metric_order(names) == ["accuracy", "balanced_accuracy", "ece", "a_metric", "zeal"]


def test_an_unknown_metric_keeps_its_name_with_spaces() -> None:
    assert (metric_title("balanced_accuracy"), metric_title("my_own_metric")) == ("UAR", "my own metric")
