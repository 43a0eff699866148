"""The metrics of the field, from scikit-learn wherever it has them.

Every metric takes ``truth`` (n,) int64 indices of classes, ``probabilities`` (n, k) float64 and the k class names; the
predicted class is the most probable one, the first on a tie. n is at least 1.

Averages over classes run over the classes that have samples in ``truth``: a class without any has no recall, and to count
it as 0 would let the choice of the test part lower the score. A ratio without a denominator (the precision of a class
that is never predicted) is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from emobench import ClassAverage, Metric, hookimpl
from emobench.records import METRICS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Truth = NDArray[np.int64]
    Probabilities = NDArray[np.float64]

ECE_BINS = 15


def accuracy(truth: Truth, probabilities: Probabilities, classes: tuple[str, ...]) -> float:
    """Return the share of samples whose most probable class is the true one, in [0, 1]."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(truth, probabilities.argmax(axis=1)))


def averaged(
    truth: Truth,
    probabilities: Probabilities,
    classes: tuple[str, ...],
    *,
    average: ClassAverage,
) -> float:
    """Return precision, recall or F1, averaged over the classes with support in the truth, in [0, 1].

    Weighted averages weigh each class by its support; recall averaged so is the accuracy.
    """
    import numpy as np
    from sklearn.metrics import precision_recall_fscore_support

    scores: tuple[Any, ...] = precision_recall_fscore_support(
        truth, probabilities.argmax(axis=1), labels=np.unique(truth), average=average.weights, zero_division=0
    )
    return float(scores[("precision", "recall", "f1").index(average.ratio)])


def log_loss(truth: Truth, probabilities: Probabilities, classes: tuple[str, ...]) -> float:
    """Return the mean negative natural logarithm of the true class's probability, in nats.

    Probabilities are clipped at the resolution of float64 (2.2e-16), so that a certain mistake costs 36 and not infinity.
    """
    from sklearn import metrics

    return float(metrics.log_loss(truth, probabilities, labels=range(len(classes))))


def expected_calibration_error(truth: Truth, probabilities: Probabilities, classes: tuple[str, ...]) -> float:
    """Return the mean gap between confidence and accuracy over 15 equal-width bins of the top probability, in [0, 1].

    Each bin (a, b] weighs as many samples as it holds: Guo et al., On Calibration of Modern Neural Networks, ICML 2017,
    equation 3.
    """
    import numpy as np

    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == truth
    inner_edges = np.linspace(0, 1, ECE_BINS + 1)[1:-1]
    bins = np.digitize(confidence, inner_edges, right=True)
    # A bin's share of the samples times the gap of its means is the gap of its sums over n.
    gaps = np.bincount(bins, weights=hit - confidence, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(truth))


@hookimpl
def emobench_metrics() -> Iterable[Metric]:
    """Accuracy, UAR, precision, recall and F1 both ways, log loss and calibration."""
    computed = {"accuracy": accuracy, "log_loss": log_loss, "ece": expected_calibration_error}
    for name, metric in METRICS.items():
        if name in computed:
            yield Metric(**vars(metric), compute=computed[name])
        elif metric.average:
            # scikit-learn's balanced_accuracy_score is this recall, but warns of classes that are predicted and never true.
            yield Metric(**vars(metric), compute=partial(averaged, average=metric.average))
