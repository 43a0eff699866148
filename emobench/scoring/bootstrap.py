"""How sure a score is, and whether two scores differ: from predictions tables alone.

**One division** (groups such as speakers, or samples where there are none): percentile intervals of a bootstrap, since a new
test set would bring new persons. A drawn group brings all of its samples. With n units such an interval is too narrow, by
sqrt((n - 1) / n) and since it is not Student's t. The levels of the two percentiles are moved outwards to make up for that
(the expanded percentile interval of Hesterberg, *What Teachers Should Know about the Bootstrap*, arXiv:1411.5279), and
p-values are taken back the same way, so that p < 0.05 means that the 95% interval does not hold zero. Not BCa: its
acceleration is a third moment of a jackknife over the same few groups, and its bias correction is infinite where no resample
lies on one side of the score.

**Crossed identities and seeds**: a pair of a face and a voice belongs to two people, and a mean over seeds to several
trainings. The variance is put together from one bootstrap for each: with two kinds of people, that over the first, plus that
over the second, minus that over both combined (Cameron, Gelbach and Miller, Journal of Business & Economic Statistics 29(2),
2011), plus the variance of the mean over seeds. The interval is Student's, with the degrees of freedom of Satterthwaite
(Biometrics Bulletin 2(6), 1946). Drawing both kinds of people at once (the pigeonhole bootstrap of Owen, Annals of Applied
Statistics 1(2), 2007) would count what a single sample varies three times.

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

_FEWEST_WHOLE = 0.95
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
        metric: any metric. An average over the confusion matrix is computed from resampled ones, any other metric by
            calling it ``resamples`` times.
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
        values: (resamples,) of the one division that there is; ``None`` where variances are put together.
        error: standard error.
        freedom: degrees of freedom of the error.
        range: the least and the largest value that is possible.
        seeds: of the side that has the fewest.
    """

    data: Resamples
    value: float
    values: NDArray[np.float64] | None
    error: float
    freedom: float
    range: tuple[float, float]
    seeds: int
    unknown: Unknown | None

    def interval(self, level: float, extreme: Interval | None = None) -> Interval:
        """Return the interval; ``extreme`` is that of a score of which nothing varies."""
        from scipy.stats import t

        if extreme is not None and self.unknown != "rare class":
            return extreme
        units, unknown = self.data.units, self.unknown
        ends: tuple[float | None, float | None] = (None, None)
        if unknown is None and self.values is not None:
            ends = _percentiles(self.values, units.fewest, level)
        elif unknown is None:
            reach = float(t.ppf((1 + level) / 2, self.freedom)) * self.error
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
        if self.values is None:
            return float(2 * t.sf(abs(self.value) / self.error, self.freedom))
        beyond = min(int((self.values <= EQUAL).sum()), int((self.values >= -EQUAL).sum()))
        share = min(0.5, (beyond + 1) / (len(self.values) + 1))
        narrow = math.sqrt((self.data.units.fewest - 1) / self.data.units.fewest)
        p = float(2 * t.cdf(norm.ppf(share) * narrow, self.freedom))
        if beyond == 0:
            p = min(p, float(2 * t.sf(abs(float(self.values.mean())) / self.error, self.freedom)))
        return p


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
    by_seed = [(float(side.var(ddof=1)) / len(side), len(side) - 1) for side in sides if len(side) > 1]
    seeds_vary = any(variance > EQUAL**2 for variance, _ in by_seed)
    if seeds_vary:
        parts = [(together, freedom), *by_seed]
        together = sum(variance for variance, _ in parts)
        below = sum(variance**2 / max(free, 1) for variance, free in parts)
        freedom = together**2 / below if below else freedom
    return _Spread(
        data=data,
        value=value,
        values=values if len(variances) == 1 and not seeds_vary else None,
        error=math.sqrt(together),
        freedom=freedom,
        range=(float(1 - len(sides)), 1.0) if data.average(metric) else (-math.inf, math.inf),
        seeds=min(sizes),
        unknown=_unknown(data, metric, together, whole),
    )


def _unknown(data: Resamples, metric: Metric, variance: float, whole: float) -> Unknown | None:
    if data.units.too_few:
        return "few units"
    if data.lacks_a_class(metric) or whole < _FEWEST_WHOLE:
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
