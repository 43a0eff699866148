"""Metrics of distributions over classes, where several raters voted.

What samples add to a metric is made from ``truth`` (n, k) float64 shares of raters, ``predicted`` (n, k) float64
probabilities and k class names.

Entropy correlation: Pearson's, over the samples, of the entropy of the votes and of the prediction: whether doubt is where
raters disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emobench import Metric, hookimpl
from emobench.records import METRICS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shares = NDArray[np.float64]
    Each = Callable[[Shares, Shares, tuple[str, ...]], NDArray[np.float64]]


def surprise(truth: Shares, predicted: Shares, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Return (n, 1) negative log likelihoods of the votes on each sample, in nats a vote.

    Probabilities are clipped at the resolution of float64, as for the log loss.
    """
    import numpy as np

    likely = np.log(np.clip(predicted, np.finfo(np.float64).eps, None))
    return np.asarray(-(truth * likely).sum(axis=1, keepdims=True))


def divergence(truth: Shares, predicted: Shares, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Return (n, 1) Jensen-Shannon divergences in bits, in [0, 1]: Lin, IEEE Trans. on Information Theory 37(1), 1991."""
    import numpy as np
    from scipy.spatial.distance import jensenshannon

    return np.asarray(jensenshannon(truth, predicted, base=2, axis=1, keepdims=True) ** 2)


def entropies(truth: Shares, predicted: Shares, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Return (n, 5) what the correlation of entropies is made of: both about their means, their squares, their product."""
    import numpy as np
    from scipy.stats import entropy

    a, b = (each - each.mean() for each in (entropy(truth, axis=1), entropy(predicted, axis=1)))
    return np.stack([a, b, a * a, b * b, a * b], axis=1)


def correlation(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (m,) correlations in [-1, 1] from (m, 5) means; 0 where a side does not vary: nobody doubts, or all alike."""
    import numpy as np

    a, b, aa, bb, ab = means.T
    variances = np.clip((aa - a * a) * (bb - b * b), 0, None)
    known = variances > np.finfo(np.float64).eps ** 2
    return np.asarray(np.divide(ab - a * b, np.sqrt(variances), out=np.zeros_like(variances), where=known))


def _made(name: str, each: Each, **of_means: Any) -> Metric:
    """Return the metric of the catalogue that follows from means over the samples."""

    def compute(truth: Shares, predicted: Shares, classes: tuple[str, ...]) -> float:
        return float(metric.of_means(each(truth, predicted, classes).mean(axis=0)[None])[0])

    metric = Metric(**vars(METRICS[name]), compute=compute, each=each, **of_means)
    return metric


@hookimpl
def emobench_metrics() -> list[Metric]:
    """Register the metrics of distributions."""
    return [
        _made("cross_entropy", surprise),
        _made("jensen_shannon", divergence),
        _made("entropy_correlation", entropies, of_means=correlation),
    ]
