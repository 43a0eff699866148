"""How sure a score is, and whether two scores differ: from predictions tables alone.

**Samples** that belong to nobody: percentile intervals of a bootstrap. With n samples such an interval is too narrow, by
sqrt((n - 1) / n) and since it is not Student's t. The levels of the two percentiles are moved outwards to make up for that
(the expanded percentile interval of Hesterberg, *What Teachers Should Know about the Bootstrap*, arXiv:1411.5279), and
p-values are taken back the same way, so that p < 0.05 means that the 95% interval does not hold zero.

**Groups** such as speakers: a new test set would bring new persons. A drawn group brings all of its samples. The interval is
Student's, of the bootstrap's variance, with one degree of freedom less than there are groups. Percentiles were too narrow
over few groups, which cannot show how far new ones may lie: over five they held the true value in 92% of 1,000 simulated
test sets, Student's in 95% (docs/statistics.md).

**Crossed identities**: a pair of a face and a voice belongs to two people. The variance is put together from one bootstrap
for each: that over the first, plus that over the second, minus that over both combined (Cameron, Gelbach and Miller, Journal
of Business & Economic Statistics 29(2), 2011). Drawing both kinds of people at once (the pigeonhole bootstrap of Owen, Annals
of Applied Statistics 1(2), 2007) would count what a single sample varies three times.

**Seeds**: half the width of the interval of a mean over seeds is the root of the summed squares of two halves, that over the
test units and Student's over the seeds (Zou and Donner, Statistics in Medicine 27(10), 2008). The degrees of freedom of
Satterthwaite would be taken from the same two or three seeds, and are too many where these lie together by chance.

**Macro averages** are over the same classes in every resample, see :mod:`emobench.scoring.class_set`; a resample that lacks
one of them is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.scoring.extremes import least_share_right
from emobench.scoring.interval import LEVEL, Difference, Interval, Unknown
from emobench.scoring.resamples import EQUAL, Resamples
from emobench.scoring.units import Units

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Predictions = pd.DataFrame | Sequence[pd.DataFrame]
    """The predictions of one part: one table, or one for each seed."""

RESAMPLES = 2000

_LEAST_P = 1e-30
"""Student's p is not computed below this."""

FEWEST_WHOLE = 0.95
"""The share of resamples that must hold every class of a macro average."""


def bootstrap_interval(
    predictions: Predictions,
    metric: Metric,
    classes: tuple[str, ...],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the interval of a metric, over groups or crossed identities where there are any, else over samples.

    Args:
        predictions: the table of one part with n rows, as :func:`emobench.records.read_predictions` returns it, with columns
            ``identity_...`` where samples are of several people (:func:`emobench.records.with_identities`); or one table for
            each seed, on the same samples: the interval is then that of the mean over the seeds.
        metric: any metric. An average over the confusion matrix is computed from resampled ones, what follows from means
            over the samples from resampled means, and any other metric by calling it ``resamples`` times.
        classes: the k classes of the task.
        level: in (0, 1).
        resamples: how many.
        seed: the same seed gives the same interval.

    Raises:
        EmobenchError: a table cannot be scored, the tables of several seeds do not have the same samples, or the metric
            cannot be computed on a resample.
    """
    return bootstrap_intervals(predictions, [metric], classes, level=level, resamples=resamples, seed=seed)[metric.name]


def bootstrap_intervals(
    predictions: Predictions,
    metrics: Sequence[Metric],
    classes: tuple[str, ...],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return by metric what :func:`bootstrap_interval` returns for each; resamples are drawn once for all of them."""
    tables = _tables(predictions)
    data = Resamples(tables, classes, resamples, seed)
    found = {}
    for metric in metrics:
        spread = _spread(data, metric, [len(tables)])
        found[metric.name] = spread.interval(level, _extreme(data, metric, level, len(tables)))
    return found


def mean_score(predictions: Predictions, metric: Metric, classes: tuple[str, ...]) -> float:
    """Return a metric of one part, the mean over the seeds, macro averages over the classes of that part.

    Raises:
        EmobenchError: as for :func:`bootstrap_interval`.
    """
    return float(Resamples(_tables(predictions), classes, 0, 0).on_all(metric).mean())


def paired_bootstrap(
    predictions_a: Predictions,
    predictions_b: Predictions,
    metric: Metric,
    classes: tuple[str, ...],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Compare a metric of A with that of B on the same resamples.

    Args:
        predictions_a: as for :func:`bootstrap_interval`, and so are all others.
        predictions_b: the same samples, in any order; its seeds, if it has several, vary independently of A's.
        metric: any metric.
        classes: the k classes of the task.
        level: of the interval.
        resamples: how many.
        seed: the same seed gives the same result.

    Returns:
        The difference, and a p that is below 1 - ``level`` where the interval does not hold zero. The smallest p that can
        come out depends on the units: with 2,000 resamples 0.042 over 5 groups, 0.004 over 24.

    Raises:
        EmobenchError: as for :func:`bootstrap_interval`, or A and B do not have the same samples, labels and groups.
    """
    a, b = _tables(predictions_a), _tables(predictions_b)
    data = Resamples([*a, *b], classes, resamples, seed)
    spread = _spread(data, metric, [len(a), len(b)])
    known = spread.unknown is None
    return Difference(spread.value, spread.interval(level), spread.p, spread.error if known else None)


def _tables(side: Predictions) -> list[pd.DataFrame]:
    return list(side) if isinstance(side, Sequence) else [side]


@dataclass(frozen=True)
class _Spread:
    """A value, the mean over the seeds of one side or the difference of two, and how it varies.

    Attributes:
        values: (resamples,) of samples that belong to nobody; ``None`` where the interval is Student's.
        parts: variances with their degrees of freedom: that over the test units, and that over the seeds of each side.
        range: the least and the largest value that is possible.
        seeds: of the side that has the fewest.
    """

    data: Resamples
    value: float
    values: NDArray[np.float64] | None
    parts: tuple[tuple[float, float], ...]
    range: tuple[float, float]
    seeds: int
    unknown: Unknown | None

    def interval(self, level: float, extreme: Interval | None = None) -> Interval:
        """Return the interval; ``extreme`` is that of a score of which nothing varies."""
        if extreme is not None and self.unknown != "rare class":
            return extreme
        units, unknown = self.data.units, self.unknown
        ends: tuple[float | None, float | None] = (None, None)
        if unknown is None and self.values is not None:
            ends = _percentiles(self.values, units.fewest, level)
        elif unknown is None:
            reach = self._reach((1 - level) / 2)
            least, most = self.range
            ends = max(least, self.value - reach), min(most, self.value + reach)
        crossed = units.counts if units.unit == "identity" else {}
        return Interval(*ends, level, units.unit, units.fewest, self.seeds, False, unknown, crossed)

    @property
    def p(self) -> float:
        """Two-sided, at whose level the interval would just reach zero.

        Where no resample lies beyond zero, that says no more than how many resamples there are, and no correction for many
        pairs would ever leave it small. There it is Student's, of the mean over the error, if that is smaller.
        """
        from scipy.stats import norm, t

        if self.unknown is not None:
            return 1.0
        student = self._student(self.value)
        if self.values is None:
            return student
        beyond = min(int((self.values <= EQUAL).sum()), int((self.values >= -EQUAL).sum()))
        share = min(0.5, (beyond + 1) / (len(self.values) + 1))
        narrow = math.sqrt((self.data.units.fewest - 1) / self.data.units.fewest)
        p = float(2 * t.cdf(norm.ppf(share) * narrow, self.data.units.fewest - 1))
        return min(p, self._student(float(self.values.mean()))) if beyond == 0 else p

    @property
    def error(self) -> float:
        """Standard error."""
        return math.sqrt(sum(variance for variance, _ in self.parts))

    def _reach(self, tail: float) -> float:
        """Return half the width of Student's interval that leaves out ``tail`` on each side."""
        from scipy.stats import t

        return math.sqrt(sum(variance * float(t.isf(tail, freedom)) ** 2 for variance, freedom in self.parts))

    def _student(self, value: float) -> float:
        """Return the two-sided p at whose level the interval around ``value`` would just reach zero."""
        from scipy.optimize import brentq
        from scipy.stats import t

        if len(self.parts) == 1:
            return float(2 * t.sf(abs(value) / self.error, self.parts[0][1]))
        least = math.log(_LEAST_P / 2)
        if self._reach(math.exp(least)) <= abs(value):
            return _LEAST_P
        return float(2 * math.exp(brentq(lambda tail: self._reach(math.exp(tail)) - abs(value), least, math.log(0.5))))


def _spread(data: Resamples, metric: Metric, sizes: Sequence[int]) -> _Spread:
    """Return how the value of one side, or the difference of two, varies; ``sizes`` are their numbers of tables."""
    import numpy as np

    ends = np.cumsum(sizes)[:-1]
    sides = np.split(data.on_all(metric), ends)
    means = [side.mean() for side in sides]
    value = float(means[0] - means[1]) if len(means) == 2 else float(means[0])
    variances: list[tuple[float, int]] = []
    values = None
    whole = 1.0
    for tables, units, sign in data.drawn(metric):
        averaged = [side.mean(axis=0) for side in np.split(tables, ends)]
        values = averaged[0] - averaged[1] if len(averaged) == 2 else averaged[0]
        whole = min(whole, float(np.isfinite(values).mean()))
        values = values[np.isfinite(values)]
        variance = float(values.var()) * units / max(units - 1, 1) if len(values) else 0.0
        variances.append((sign * variance, units - 1))
    together = max(sum(variance for variance, _ in variances), *(variance for variance, _ in variances))
    # The freedom of the division that varies most: the others only add to it.
    freedom = float(min(units for variance, units in variances if variance >= 0))
    by_seed = [(float(side.var(ddof=1)) / len(side), float(len(side) - 1)) for side in sides if len(side) > 1]
    parts = ((together, freedom), *(part for part in by_seed if part[0] > EQUAL**2))
    return _Spread(
        data=data,
        value=value,
        values=values if data.units.unit == "sample" and len(parts) == 1 else None,
        parts=parts,
        range=_range(metric, len(sides)),
        seeds=min(sizes),
        unknown=_unknown(data, metric, sum(variance for variance, _ in parts), whole),
    )


def _range(metric: Metric, sides: int) -> tuple[float, float]:
    """Return the least and the largest value of a metric, or of the difference of two of its values."""
    low, high = (0.0, 1.0) if metric.average is not None else (metric.low, metric.high)
    return (low, high) if sides == 1 else (low - high, high - low)


def _unknown(data: Resamples, metric: Metric, variance: float, whole: float) -> Unknown | None:
    if data.units.too_few:
        return "few units"
    if data.lacks_a_class(metric) or whole < FEWEST_WHOLE:
        return "rare class"
    return "constant" if math.sqrt(variance) < EQUAL or data.units.fewest < 2 else None


def _percentiles(values: NDArray[np.float64], units: int, level: float) -> tuple[float, float]:
    """Return the expanded percentile interval of (resamples,) values."""
    import numpy as np
    from scipy.stats import norm, t

    tail = float(norm.cdf(t.ppf((1 - level) / 2, units - 1) * math.sqrt(units / (units - 1))))
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _extreme(data: Resamples, metric: Metric, level: float, seeds: int) -> Interval | None:
    """Return the exact interval of a metric that confusion matrices give, where all samples are right, or all wrong.

    Over groups; where there are too few of them, over samples: it is then about other samples of the same people.
    """
    right = data.right
    average = data.average(metric)
    if average is None or not (right.all() or not right.any()):
        return None
    units = Units("sample", {"sample": len(data.truth)}, ()) if data.units.too_few else data.units
    least = least_share_right(average, data.truth, units, data.set, level)
    ends = (least, 1.0) if right.all() else (0.0, 1 - least)
    return Interval(*ends, level, units.unit, units.fewest, seeds, exact=True)
