"""The catalogue of metrics: what they are called, in which order they stand, and what boards do with each.

Records carry names and values only, and a board needs no plugin to be read. So the metrics that come with emobench are
described here, and their plugin adds how each is computed. A metric of another plugin has the same description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emobench.contracts import ClassAverage, Kind, MetricDescription

ACCURACY = "accuracy"
UAR = "balanced_accuracy"
CCC = "ccc"
JENSEN_SHANNON = "jensen_shannon"
RMSE = "rmse"
MAE = "mae"


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
        MetricDescription(
            "cross_entropy",
            "NLL of votes",
            higher_is_better=False,
            low=0.0,
            unit="nats",
            interval=True,
            kind="distribution",
        ),
        MetricDescription(
            "jensen_shannon",
            "JS divergence",
            higher_is_better=False,
            low=0.0,
            high=1.0,
            unit="bits",
            interval=True,
            headline=True,
            kind="distribution",
        ),
        MetricDescription(
            "entropy_correlation", "entropy correlation", low=-1.0, high=1.0, interval=True, kind="distribution"
        ),
        MetricDescription("ccc", "CCC", low=-1.0, high=1.0, interval=True, headline=True, kind="values"),
        MetricDescription("pcc", "PCC", low=-1.0, high=1.0, interval=True, headline=True, kind="values"),
        MetricDescription("rmse", "RMSE", higher_is_better=False, low=0.0, interval=True, headline=True, kind="values"),
        MetricDescription("mae", "MAE", higher_is_better=False, low=0.0, interval=True, headline=True, kind="values"),
    )
}
"""The metrics that come with emobench by name, in the order of columns."""


def measures(metric: MetricDescription, kind: Kind) -> bool:
    """Tell whether a metric says something of targets of a kind: of votes those of classes do too, by the most frequent."""
    return metric.kind == kind or (metric.kind == "class" and kind == "distribution")


def usual_metric(kind: Kind, of_classes: str) -> str:
    """Return what a task is ranked by unless a suite says otherwise; ``of_classes``: what the dataset says of classes."""
    return {"class": of_classes, "distribution": JENSEN_SHANNON, "values": CCC}[kind]


def can_rank(name: str) -> bool:
    """Tell whether a task can be ranked by a metric of the catalogue: one that a confusion matrix gives, or no class's."""
    return name in METRICS and (METRICS[name].average is not None or METRICS[name].kind != "class")


def ties_by(ranked_by: str) -> str:
    """Return the metric that orders rows of one score: accuracy, or UAR where rows are ranked by accuracy; of values RMSE."""
    if METRICS[ranked_by].kind == "values":
        return RMSE
    return UAR if ranked_by == ACCURACY else ACCURACY


def described(metrics: Iterable[MetricDescription]) -> Mapping[str, MetricDescription]:
    """Return the catalogue with the metrics of plugins after its own, in the order of their names."""
    others = sorted((metric for metric in metrics if metric.name not in METRICS), key=lambda metric: metric.name)
    return {**METRICS, **{metric.name: metric for metric in others}}


def metric_title(name: str, catalogue: Mapping[str, MetricDescription] = METRICS) -> str:
    """Return a metric's heading, ``CCC, valence`` for ``ccc.valence``; without an entry the name with spaces."""
    name, _, dimension = name.partition(".")
    title = catalogue[name].title if name in catalogue else name.replace("_", " ")
    return f"{title}, {dimension}" if dimension else title


def metric_order(names: Iterable[str]) -> list[str]:
    """Return metric names in the order of columns, those of plugins last."""
    places = {name: place for place, name in enumerate(METRICS)}
    return sorted(names, key=lambda name: (places.get(name.partition(".")[0], len(places)), name))
