"""The catalogue of metrics: what they are called, in which order they stand, and what boards do with each.

Records carry names and values only, and a board needs no plugin to be read. So the metrics that come with emobench are
described here, and their plugin adds how each is computed. A metric of another plugin has the same description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emobench.contracts import ClassAverage, MetricDescription

ACCURACY = "accuracy"
UAR = "balanced_accuracy"


def _share(name: str, title: str, average: ClassAverage, *, headline: bool = False) -> MetricDescription:
    return MetricDescription(name, title, low=0.0, high=1.0, average=average, interval=True, headline=headline)


METRICS: Mapping[str, MetricDescription] = {
    metric.name: metric
    for metric in (
        _share("accuracy", "accuracy", ClassAverage("recall", "weighted"), headline=True),
        _share("balanced_accuracy", "UAR", ClassAverage("recall", "macro"), headline=True),
        _share("f1_weighted", "F1 (weighted)", ClassAverage("f1", "weighted"), headline=True),
        _share("precision_weighted", "precision (weighted)", ClassAverage("precision", "weighted"), headline=True),
        _share("recall_weighted", "recall (weighted)", ClassAverage("recall", "weighted"), headline=True),
        _share("f1_macro", "F1 (macro)", ClassAverage("f1", "macro"), headline=True),
        _share("precision_macro", "precision (macro)", ClassAverage("precision", "macro")),
        _share("recall_macro", "recall (macro)", ClassAverage("recall", "macro")),
        MetricDescription("log_loss", "log loss", higher_is_better=False, low=0.0, unit="nats"),
        MetricDescription("ece", "ECE", higher_is_better=False, low=0.0, high=1.0),
    )
}
"""The metrics that come with emobench by name, in the order of columns."""


def can_rank(name: str) -> bool:
    """Tell whether a task can be ranked by a metric: one of the catalogue that a confusion matrix gives."""
    return name in METRICS and METRICS[name].average is not None


def ties_by(ranked_by: str) -> str:
    """Return the metric that orders rows of one score: accuracy, or UAR where rows are ranked by accuracy."""
    return UAR if ranked_by == ACCURACY else ACCURACY


def described(metrics: Iterable[MetricDescription]) -> Mapping[str, MetricDescription]:
    """Return the catalogue with the metrics of plugins after its own, in the order of their names."""
    others = sorted((metric for metric in metrics if metric.name not in METRICS), key=lambda metric: metric.name)
    return {**METRICS, **{metric.name: metric for metric in others}}


def metric_title(name: str, catalogue: Mapping[str, MetricDescription] = METRICS) -> str:
    """Return a metric's heading; one that is not in the catalogue keeps its name, with spaces."""
    return catalogue[name].title if name in catalogue else name.replace("_", " ")


def metric_order(names: Iterable[str]) -> list[str]:
    """Return metric names in the order of columns, those of plugins last."""
    places = {name: place for place, name in enumerate(METRICS)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))
