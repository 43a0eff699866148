"""The catalogue of metrics: how they are called, in which order they stand, and which of them rank."""

from __future__ import annotations

from emobench.contracts import MetricDescription
from emobench.records.metrics import METRICS, can_rank, described, metric_order, metric_title, ties_by
from tests.support.factories import built_in_metrics, metrics_of_numbers


def test_known_metrics_come_in_the_order_of_columns_and_others_behind_them() -> None:
    names = {"zeal", "ece", "accuracy", "a_metric", "balanced_accuracy"}
    assert metric_order(names) == ["accuracy", "balanced_accuracy", "ece", "a_metric", "zeal"]


def test_an_unknown_metric_keeps_its_name_with_spaces() -> None:
    assert (metric_title("balanced_accuracy"), metric_title("my_own_metric")) == ("UAR", "my own metric")


def test_the_title_of_a_plugins_metric_is_that_of_its_description() -> None:
    assert metric_title("odds", described([MetricDescription("odds", "Odds ratio")])) == "Odds ratio"


def test_metrics_of_plugins_stand_behind_the_catalogue_by_name_and_replace_nothing_in_it() -> None:
    others = [MetricDescription(name, "mine") for name in ("zeal", "accuracy", "a_metric")]
    assert list(described(others)) == [*METRICS, "a_metric", "zeal"]
    assert described(others)["accuracy"] == METRICS["accuracy"]


def test_the_catalogue_describes_all_metrics_that_come_with_emobench() -> None:
    assert {metric.name for metric in (*built_in_metrics(), *metrics_of_numbers())} == METRICS.keys()


def test_what_needs_probabilities_or_is_unknown_ranks_no_task() -> None:
    assert METRICS.keys() - {name for name in METRICS if can_rank(name)} == {"log_loss", "ece"}
    assert not can_rank("odds")


def test_ties_of_accuracy_are_broken_by_uar_and_all_others_by_accuracy() -> None:
    assert (ties_by("accuracy"), ties_by("balanced_accuracy"), ties_by("f1_macro")) == (
        "balanced_accuracy",
        "accuracy",
        "accuracy",
    )
