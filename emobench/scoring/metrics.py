"""What a metric needs of predictions, told from what it computes."""

from __future__ import annotations

from emobench.contracts import Metric


def needs_probabilities(metric: Metric, classes: int) -> bool:
    """Tell whether a metric changes when probabilities do and the most probable classes do not; one that fails does."""
    import numpy as np

    names = tuple(f"class {number}" for number in range(classes))
    truth = np.arange(2 * classes, dtype=np.int64) % classes
    predicted = np.where(np.arange(2 * classes) < classes, truth, (truth + 1) % classes)
    certain = np.eye(classes)[predicted]
    try:
        values = {
            round(float(metric.compute(truth.copy(), weight * certain + (1 - weight) / classes, names)), 9)
            for weight in (1.0, 0.7, 0.4)
        }
    except Exception:  # a plugin may raise anything
        return True
    return len(values) > 1
