"""How sure a score is, and whether two scores differ: from predictions tables alone.

**Intervals** are percentile intervals of a bootstrap over groups (speakers, actors, identities): the clips of one person
resemble one another, so that a new test set would bring new persons, not new clips of the same ones. A drawn group brings
all of its samples. Where a sample has no group, or all have the same, samples are drawn instead, and the interval is about
new samples of the same persons; :attr:`Interval.unit` says which of the two it was. A class that a resample does not contain
is left out of its averages, as the metrics do it on any table.

With n units a percentile interval is too narrow, by sqrt((n - 1) / n) and since it is not Student's t. The levels of
the two percentiles are moved outwards to make up for that (the expanded percentile interval of Hesterberg, *What
Teachers Should Know about the Bootstrap*, arXiv:1411.5279), and p-values are taken back the same way, so that p < 0.05
means that the 95% interval does not hold zero. For thousands of samples this changes nothing; for the few speakers of
an emotion corpus it makes the interval about as wide as it has to be. BCa intervals were not taken: their acceleration
is a third moment of a jackknife over the same few groups, their bias correction is infinite where no resample lies on
one side of the score (all samples right), and both are unsteady where one small class moves a macro average.

**Seeds** are a second level. Test samples are the same for all seeds, so each resample draws seeds and, independently of
that, one set of groups for all of them (the pigeonhole bootstrap: Owen, Annals of Applied Statistics 1(2), 2007). The score
is the mean over the seeds. With three seeds their spread is known badly, and no method changes that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emobench.contracts import Metric
from emobench.errors import EmobenchError
from emobench.scoring.alignment import same_samples
from emobench.scoring.confusion import FROM_CONFUSION, averages
from emobench.scoring.metrics import value_of
from emobench.scoring.scores import arrays

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Predictions = pd.DataFrame | Sequence[pd.DataFrame]
    """The predictions of one part: one table, or one for each seed."""


LEVEL = 0.95

FEWEST_GROUPS = 5
"""With fewer groups there is no interval and no test: a bootstrap over two holds the true value half of the time."""

RESAMPLES = 2000

_EQUAL = 1e-9
"""Scores nearer to one another than this differ by rounding only: one of a million samples moves a score by more."""


@dataclass(frozen=True)
class Interval:
    """Where the score would lie on other test data of the same kind.

    Attributes:
        low: lower end.
        high: upper end.
        level: share of such intervals that hold the true value, if all goes well.
        unit: what was resampled.
        units: how many of them there are.
        seeds: how many seeds were resampled beside them.
    """

    low: float
    high: float
    level: float
    unit: Literal["group", "sample"]
    units: int
    seeds: int = 1

    @property
    def known(self) -> bool:
        """Whether there are enough groups, and resamples differed at all, as they do not where all samples are right."""
        return self.low < self.high

    @property
    def why_unknown(self) -> str:
        """The reason in a few words; empty for an interval that is known."""
        if self.known:
            return ""
        if self.unit == "group" and self.units < FEWEST_GROUPS:
            return f"only {self.units} groups"
        return "no resample differs"


@dataclass(frozen=True)
class Difference:
    """The score of A minus the score of B on the same samples.

    Attributes:
        value: the difference.
        interval: of the difference.
        p: two-sided, of the hypothesis that there is none.
    """

    value: float
    interval: Interval
    p: float


def bootstrap_interval(
    predictions: Predictions,
    metric: Metric,
    classes: tuple[str, ...],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the bootstrap interval of a metric, over groups where there are groups, else over samples.

    Groups are resampled if every sample has one (no empty string, nothing missing) and there are at least two.

    Args:
        predictions: the table of one part with n rows, as :func:`emobench.records.read_predictions` returns it; or one for
            each seed, on the same samples: the interval is then that of the mean over the seeds.
        metric: any metric. Accuracy, precision, recall and F1 are computed from resampled confusion matrices, any other one
            by calling it ``resamples`` times.
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
    """Return by metric what :func:`bootstrap_interval` returns for each; resamples are drawn once for all of them.

    Arguments and errors are those of :func:`bootstrap_interval`.
    """
    drawn = _resample([_listed(predictions)], metrics, classes, resamples, seed)
    return {metric.name: _interval(one.values[0], level, one) for metric, one in zip(metrics, drawn, strict=True)}


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
        predictions_a: as for :func:`bootstrap_interval`.
        predictions_b: the same samples, in any order; its seeds, if it has several, are drawn independently of A's.
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
    (drawn,) = _resample([_listed(predictions_a), _listed(predictions_b)], [metric], classes, resamples, seed)
    differences = drawn.values[0] - drawn.values[1]
    plain = drawn.plain[0] - drawn.plain[1]
    return Difference(plain, _interval(differences, level, drawn), _two_sided(differences, drawn.units))


def unit_of(table: pd.DataFrame) -> Literal["group", "sample"]:
    """Return what is resampled of the predictions of one part: groups if each sample has one and there are at least two."""
    return _units(table).kind


def _listed(predictions: Predictions) -> list[pd.DataFrame]:
    return list(predictions) if isinstance(predictions, Sequence) else [predictions]


@dataclass(frozen=True)
class _Units:
    """What is resampled: ``of`` has the unit of each row, (n,) integers below ``number``."""

    kind: Literal["group", "sample"]
    of: NDArray[np.int64]
    number: int


@dataclass(frozen=True)
class _Resampled:
    """A metric on the data and on resamples.

    Attributes:
        plain: of each side, the mean over its seeds.
        values: (sides, resamples) of the same.
        units: what was resampled.
        seeds: the smallest number of seeds on a side.
    """

    plain: list[float]
    values: NDArray[np.float64]
    units: _Units
    seeds: int


def _units(table: pd.DataFrame) -> _Units:
    import numpy as np
    import pandas as pd

    if "group" in table.columns:
        # Sorted, so that the order of the rows does not matter.
        codes, groups = pd.factorize(table["group"].where(table["group"] != ""), sort=True)
        if len(groups) > 1 and (codes >= 0).all():
            return _Units("group", np.asarray(codes, dtype=np.int64), len(groups))
    return _Units("sample", np.arange(len(table)), len(table))


def _resample(
    sides: Sequence[list[pd.DataFrame]], metrics: Sequence[Metric], classes: tuple[str, ...], resamples: int, seed: int
) -> list[_Resampled]:
    """Compute each metric of every side, all of them on the same resamples.

    Args:
        sides: the tables of each side, one a seed.
        metrics: what to compute.
        classes: the k classes of the task.
        resamples: how many.
        seed: of the draws.
    """
    import numpy as np

    tables = same_samples([table for side in sides for table in side])
    checked = [arrays(table, classes) for table in tables]
    truth, probabilities = checked[0][0], [one for _, one in checked]
    units = _units(tables[0])
    ends = np.cumsum([len(side) for side in sides])[:-1]
    confusions: NDArray[np.float64] | None = None
    drawn = []
    for metric in metrics:
        plain = np.array([_computed(metric, truth, one, classes) for one in probabilities])
        if _from_confusion(metric, plain, truth, probabilities):
            if confusions is None:
                after = np.random.default_rng(seed)
                confusions = _confusions(truth, probabilities, units, resamples, after)
            values = np.stack([averages(one, metric.name) for one in confusions])
            generator = deepcopy(after)
        else:
            generator = np.random.default_rng(seed)
            values = _from_rows(metric, truth, probabilities, classes, units, resamples, generator)
        drawn.append(
            _Resampled(
                plain=[float(one.mean()) for one in np.split(plain, ends)],
                values=np.stack([_mean_of_drawn_seeds(one, generator) for one in np.split(values, ends)]),
                units=units,
                seeds=min(map(len, sides)),
            )
        )
    return drawn


def _mean_of_drawn_seeds(values: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return (resamples,) from (seeds, resamples): the mean over as many seeds, drawn for each resample."""
    import numpy as np

    drawn = generator.integers(len(values), size=values.shape)
    means: NDArray[np.float64] = np.take_along_axis(values, drawn, axis=0).mean(axis=0)
    return means


def _from_rows(
    metric: Metric,
    truth: NDArray[np.int64],
    probabilities: Sequence[NDArray[np.float64]],
    classes: tuple[str, ...],
    units: _Units,
    resamples: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return (tables, resamples) values of any metric, by calling it on the rows of each resample."""
    import numpy as np

    values = np.empty((len(probabilities), resamples))
    for number in range(resamples):
        times = np.bincount(generator.integers(units.number, size=units.number), minlength=units.number)
        rows = np.repeat(np.arange(len(truth)), times[units.of])
        values[:, number] = [_computed(metric, truth[rows], one[rows], classes) for one in probabilities]
    return values


def _computed(
    metric: Metric, truth: NDArray[np.int64], probabilities: NDArray[np.float64], classes: tuple[str, ...]
) -> float:
    try:
        return value_of(metric, truth, probabilities, classes)
    except ValueError as error:
        raise EmobenchError(
            f"metric {metric.name!r} cannot be computed on these samples or a resample of them: {error}",
            remedy="it must bear classes without samples",
        ) from error


def _from_confusion(
    metric: Metric, plain: NDArray[np.float64], truth: NDArray[np.int64], probabilities: Sequence[NDArray[np.float64]]
) -> bool:
    """Tell whether a metric's values, (tables,), are those of the formula that its name stands for."""
    import numpy as np

    if metric.name not in FROM_CONFUSION:
        return False
    k = probabilities[0].shape[1]
    whole = np.stack([np.bincount(one, minlength=k * k) for one in _outcomes(truth, probabilities)]).reshape(-1, k, k)
    return bool(np.allclose(averages(whole, metric.name), plain, rtol=0, atol=_EQUAL))


def _outcomes(truth: NDArray[np.int64], probabilities: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    """Return (tables, n) cells of the confusion matrix, row by row."""
    import numpy as np

    return np.stack([truth * one.shape[1] + one.argmax(axis=1) for one in probabilities])


def _confusions(
    truth: NDArray[np.int64],
    probabilities: Sequence[NDArray[np.float64]],
    units: _Units,
    resamples: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return (tables, resamples, k, k) confusion matrices.

    Which samples a resample holds matters only as far as their outcomes differ. So the draw is a multinomial one over the
    kinds of units that there are: groups, or samples with the same true class and the same predictions.
    """
    import numpy as np

    k = probabilities[0].shape[1]
    outcomes = _outcomes(truth, probabilities)
    if units.kind == "group":
        kind, number = units.of, np.ones(units.number, dtype=np.int64)
    else:
        _, kind, number = np.unique(outcomes, axis=1, return_inverse=True, return_counts=True)
    drawn = generator.multinomial(units.number, number / units.number, size=resamples).astype(np.float64)
    confusions = np.empty((len(outcomes), resamples, k, k))
    for place, one in enumerate(outcomes):
        counts = np.bincount(kind.ravel() * k * k + one, minlength=len(number) * k * k).reshape(-1, k * k)
        confusions[place] = (drawn @ (counts / number[:, None])).reshape(-1, k, k)
    return confusions


def _interval(values: NDArray[np.float64], level: float, drawn: _Resampled) -> Interval:
    import numpy as np

    tail = _tail(level, drawn.units.number)
    low, high = np.quantile(values, [tail, 1 - tail])
    if high - low < _EQUAL or _too_few(drawn.units):
        low = high = np.median(values)
    return Interval(float(low), float(high), level, drawn.units.kind, drawn.units.number, drawn.seeds)


def _too_few(units: _Units) -> bool:
    return units.kind == "group" and units.number < FEWEST_GROUPS


def _tail(level: float, units: int) -> float:
    """Return the share of resamples below an interval: (1 - level) / 2, made smaller for few units."""
    from scipy.stats import norm, t

    if units == 1:
        return 0.0
    return float(norm.cdf(t.ppf((1 - level) / 2, units - 1) * math.sqrt(units / (units - 1))))


def _two_sided(differences: NDArray[np.float64], units: _Units) -> float:
    """Return the p at whose level the interval of the differences would just reach zero, one resample added to the tail.

    Where no resample lies beyond zero, that p says no more than how many resamples there are, and no correction for many
    pairs would ever leave it small. There it is Student's, of the mean difference over the resamples' own spread, if that
    is smaller.
    """
    from scipy.stats import norm, t

    if units.number == 1 or _too_few(units):
        return 1.0
    beyond = min(int((differences <= _EQUAL).sum()), int((differences >= -_EQUAL).sum()))
    share = min(0.5, (beyond + 1) / (len(differences) + 1))
    narrow = math.sqrt((units.number - 1) / units.number)
    p = float(2 * t.cdf(norm.ppf(share) * narrow, units.number - 1))
    spread = float(differences.std())
    if beyond == 0 and spread > _EQUAL:
        p = min(p, float(2 * t.sf(abs(float(differences.mean())) / spread * narrow, units.number - 1)))
    return p
