"""The interval of a score where every sample is right, or every one wrong: no resample differs, yet something is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emobench.contracts import ClassAverage
from emobench.scoring.confusion import is_macro

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emobench.scoring.class_set import ClassSet
    from emobench.scoring.units import Units


def least_share_right(
    average: ClassAverage, truth: NDArray[np.int64], units: Units, classes: ClassSet, level: float
) -> float:
    """Return the lower end of a score of 1: the least true value that leaves all being right a chance of (1 - level) / 2.

    For accuracy this is the end that Clopper and Pearson give (Biometrika 26(4), 1934). For UAR it is the least mean of
    recalls with that chance (a bound as in Buehler, Journal of the American Statistical Association 52, 1957). What comes in
    groups counts by its groups, as if all samples of one were one. Precision and F1 take the end of their recall.

    Args:
        average: what the metric is of a confusion matrix.
        truth: (n,) indices of the true classes.
        units: what would be resampled.
        classes: those that a macro average is over.
        level: in (0, 1).
    """
    import numpy as np

    chance = (1 - level) / 2
    if not is_macro(average):
        return float(chance ** (1 / units.fewest))
    places = np.flatnonzero(classes.averaged)
    if units.unit == "sample":
        return _least_mean([int((truth == place).sum()) for place in places], chance)
    # The classes of one speaker are right together: their chances do not multiply.
    fewest = (min(len(np.unique(codes[truth == place])) for codes in units.codes) for place in places)
    return float(np.mean([chance ** (1 / number) for number in fewest]))


def _least_mean(support: list[int], chance: float) -> float:
    """Return the least mean of recalls p with prod(p ** support) >= chance: each as large as its support asks."""
    from scipy.optimize import brentq

    def excess(scale: float) -> float:
        return sum(n * math.log(min(1.0, scale * n)) for n in support) - math.log(chance)

    scale = float(brentq(excess, 1e-12, 1 / min(support), xtol=1e-15))
    return sum(min(1.0, scale * n) for n in support) / len(support)
