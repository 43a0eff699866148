"""Metrics of values such as valence and arousal: means over the dimensions, on all samples at once.

Every metric takes ``truth`` (n, d) float64, ``predicted`` (n, d) float64 and the d names of the dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import Metric, hookimpl
from emobench.records import METRICS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


def ccc(truth: Values, predicted: Values, names: tuple[str, ...]) -> float:
    """Return Lin's concordance correlation coefficient in [-1, 1]; 0 for a dimension in which nothing varies.

    2 cov / (var + var + (difference of the means) squared), with variances divided by n: Lin, A concordance correlation
    coefficient to evaluate reproducibility, Biometrics 45(1), 1989.
    """
    import numpy as np

    centred, other = truth - truth.mean(axis=0), predicted - predicted.mean(axis=0)
    apart = (truth.mean(axis=0) - predicted.mean(axis=0)) ** 2
    below = (centred**2).mean(axis=0) + (other**2).mean(axis=0) + apart
    each = np.divide(2 * (centred * other).mean(axis=0), below, out=np.zeros_like(below), where=below > 0)
    return float(each.mean())


def pcc(truth: Values, predicted: Values, names: tuple[str, ...]) -> float:
    """Return Pearson's correlation coefficient in [-1, 1]; 0 for a dimension in which either side does not vary."""
    import numpy as np

    centred, other = truth - truth.mean(axis=0), predicted - predicted.mean(axis=0)
    below = np.sqrt((centred**2).sum(axis=0) * (other**2).sum(axis=0))
    each = np.divide((centred * other).sum(axis=0), below, out=np.zeros_like(below), where=below > 0)
    return float(each.mean())


def rmse(truth: Values, predicted: Values, names: tuple[str, ...]) -> float:
    """Return the root of the mean squared error, in the unit of the target."""
    import numpy as np

    return float(np.sqrt(((truth - predicted) ** 2).mean(axis=0)).mean())


def mae(truth: Values, predicted: Values, names: tuple[str, ...]) -> float:
    """Return the mean absolute error, in the unit of the target."""
    return float(errors(truth, predicted, names).mean())


# ----------------------------------------------------------------------------------- the same from means of samples


def errors(truth: Values, predicted: Values, names: tuple[str, ...]) -> Values:
    """Return (n, 1) absolute errors, the mean over the dimensions, in the unit of the target."""
    import numpy as np

    return np.asarray(np.abs(truth - predicted).mean(axis=1, keepdims=True))


def squares(truth: Values, predicted: Values, names: tuple[str, ...]) -> Values:
    """Return (n, d) squared errors."""
    import numpy as np

    return np.asarray((truth - predicted) ** 2)


def moments(truth: Values, predicted: Values, names: tuple[str, ...]) -> Values:
    """Return (n, 6 d): of each dimension truth, prediction, their squares and product, and by how much the means differ.

    Truth and prediction are about their means: the squares of large numbers would be subtracted from each other.
    """
    import numpy as np

    a, b = truth - truth.mean(axis=0), predicted - predicted.mean(axis=0)
    apart = np.broadcast_to(truth.mean(axis=0) - predicted.mean(axis=0), a.shape)
    return np.concatenate([a, b, a * a, b * b, a * b, apart], axis=1)


def ccc_of_means(means: Values) -> Values:
    """Return (m,) CCC from (m, 6 d) means of :func:`moments`."""
    var_a, var_b, covariance, apart = _central(means)
    return _ratio(2 * covariance, var_a + var_b + apart**2)


def pcc_of_means(means: Values) -> Values:
    """Return (m,) PCC from (m, 6 d) means of :func:`moments`."""
    var_a, var_b, covariance, _ = _central(means)
    return _ratio(covariance, (var_a * var_b) ** 0.5)


def rmse_of_means(means: Values) -> Values:
    """Return (m,) RMSE from (m, d) mean squared errors."""
    import numpy as np

    return np.asarray(np.sqrt(means).mean(axis=1))


def _central(means: Values) -> tuple[Values, Values, Values, Values]:
    """Return both variances, the covariance and the difference of the means, each (m, d)."""
    import numpy as np

    a, b, aa, bb, ab, apart = np.split(means, 6, axis=1)
    return np.clip(aa - a * a, 0, None), np.clip(bb - b * b, 0, None), ab - a * b, apart + a - b


def _ratio(above: Values, below: Values) -> Values:
    """Return (m,) the mean over the dimensions of a ratio, which is 0 where nothing varies."""
    import numpy as np

    each = np.divide(above, below, out=np.zeros_like(below), where=below > np.finfo(np.float64).tiny)
    return np.asarray(each.mean(axis=1))


@hookimpl
def emobench_metrics() -> list[Metric]:
    """Register CCC, PCC, RMSE and MAE."""
    return [
        Metric(**vars(METRICS["ccc"]), compute=ccc, each=moments, of_means=ccc_of_means),
        Metric(**vars(METRICS["pcc"]), compute=pcc, each=moments, of_means=pcc_of_means),
        Metric(**vars(METRICS["rmse"]), compute=rmse, each=squares, of_means=rmse_of_means),
        Metric(**vars(METRICS["mae"]), compute=mae, each=errors),
    ]
