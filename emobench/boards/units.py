"""In what the scores of a metric are written: shares in per cent, all others as they are, in the metric's own unit."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.boards.text import NONE, percent
from emobench.contracts import MetricDescription
from emobench.records import METRICS, metric_title, ties_by, usual_metric

CCC = usual_metric("values", of_classes="")

PLACES = 3
"""Decimals of a score that is no share, where shares are in per cent."""

Catalogue = Mapping[str, MetricDescription]


def described(name: str, catalogue: Catalogue = METRICS) -> MetricDescription | None:
    """Return what is known of a metric, of ``ccc.valence`` what is of ``ccc``; ``None`` for one that nobody describes."""
    return catalogue.get(name.partition(".")[0])


def is_share(name: str, catalogue: Catalogue = METRICS) -> bool:
    """Tell whether the scores of a metric are shares in [0, 1], without a unit of their own."""
    known = described(name, catalogue)
    return known is not None and (known.low, known.high) == (0, 1) and not known.unit


def higher_is_better(name: str, catalogue: Catalogue = METRICS) -> bool:
    """Tell whether a larger score is a better one."""
    known = described(name, catalogue)
    return known is None or known.higher_is_better


def goodness(name: str, value: float, catalogue: Catalogue = METRICS) -> float:
    """Return a score, or a difference of two, so that the larger one is the better one."""
    return value if higher_is_better(name, catalogue) else -value


def tie_breaker(ranked_by: str) -> str:
    """Return the metric that orders rows of one score, another one than ranks them."""
    metric = ties_by(ranked_by)
    return CCC if metric == ranked_by else metric


def times(name: str, catalogue: Catalogue = METRICS) -> int:
    """Return by what scores are multiplied where people read them: 100 for shares."""
    return 100 if is_share(name, catalogue) else 1


def heading(name: str, catalogue: Catalogue = METRICS) -> str:
    """Return the heading of scores as :func:`short` writes them: ``UAR %``, ``CCC``."""
    return metric_title(name, catalogue) + (" %" if is_share(name, catalogue) else "")


def short(name: str, value: float | None, catalogue: Catalogue = METRICS) -> str:
    """Return a share in per cent without the sign, any other score with three decimals."""
    if value is None or is_share(name, catalogue):
        return percent(value)
    return NONE if value is None else f"{value:.{PLACES}f}"


def difference(name: str, value: float, catalogue: Catalogue = METRICS, *, signed: bool = False) -> str:
    """Return a difference with its unit: ``3.2 points`` of shares, ``0.041`` or ``0.041 bits`` of others."""
    sign = "+" if signed else ""
    if is_share(name, catalogue):
        return f"{100 * value:{sign}.1f} points"
    return f"{value:{sign}.{PLACES}f} {unit(name, catalogue)}".rstrip()


def unit(name: str, catalogue: Catalogue = METRICS) -> str:
    """Return the unit of differences: ``points`` of shares, that of the metric, or nothing."""
    known = described(name, catalogue)
    return "points" if is_share(name, catalogue) else known.unit if known else ""


def penalised(name: str, value: float, scored: float, catalogue: Catalogue = METRICS) -> float:
    """Return a score that counts samples which were left out against the row.

    As if they had the worst value, where there is one: 0 where more is better, or the largest one where less is. A score
    below 0 stays, and one without a largest value is divided by the share that was scored.

    Args:
        name: of the metric.
        value: of the samples that were scored.
        scored: the share of the samples that were, in [0, 1].
        catalogue: of metrics.
    """
    known = described(name, catalogue)
    if known is None or known.higher_is_better:
        return min(scored * value, value)
    if known.high < float("inf"):
        return scored * value + (1 - scored) * known.high
    return value / scored if scored else float("inf")
