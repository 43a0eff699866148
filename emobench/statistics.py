"""How sure a score is, and whether two scores differ: from predictions tables alone.

**Intervals** are percentile intervals of a bootstrap over groups (speakers, actors, identities): the clips of one person
resemble one another, so that a new test set would bring new persons, not new clips of the same ones. All samples of a drawn
group come along. Where a sample has no group, or all have the same, samples are drawn instead, and the interval is about
new samples of the same persons; :attr:`Interval.unit` says which of the two it was. A class that a resample does not contain
is left out of its averages, as the metrics do it on any table.

With n units a percentile interval is too narrow, by sqrt((n - 1) / n) and for want of Student's t. The levels of the two
percentiles are moved outwards to make up for that (the expanded percentile interval of Hesterberg, *What Teachers Should Know
about the Bootstrap*, arXiv:1411.5279), and p-values are taken back the same way, so that p < 0.05 means that the 95% interval
does not hold zero. For thousands of samples this changes nothing; for the few speakers of an emotion corpus it makes the
interval about as wide as it has to be. BCa intervals were not taken: their acceleration is a third moment of a jackknife over
the same few groups, their bias correction is infinite where no resample lies on one side of the score (all samples right),
and both are unsteady where one small class moves a macro average.

**Seeds** are a second level. Test samples are the same for all seeds, so each resample draws seeds and, independently of
that, one set of groups for all of them (the pigeonhole bootstrap: Owen, Annals of Applied Statistics 1(2), 2007). The score
is the mean over the seeds. With three seeds their spread is known badly, and no method mends that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from emobench.contracts import Metric
from emobench.errors import EmobenchError
from emobench.scoring import arrays

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

_SHOWN = 3


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


@dataclass(frozen=True)
class McNemar:
    """An exact McNemar test.

    Attributes:
        n: number of samples.
        b: samples that A has right and B wrong.
        c: samples that A has wrong and B right.
        p: two-sided, of the hypothesis that both are as likely.
    """

    n: int
    b: int
    c: int
    p: float

    @property
    def discordant(self) -> float:
        """The share of samples that exactly one of the two has right."""
        return (self.b + self.c) / self.n


@dataclass(frozen=True)
class Test:
    """A test of one pair.

    Attributes:
        metric: what it is about.
        kind: which one.
        p: two-sided.
        holm: the same, corrected for the number of pairs.
    """

    __test__ = False  # not one for pytest

    metric: str
    kind: Literal["exact McNemar", "paired bootstrap"]
    p: float
    holm: float


# ---------------------------------------------------------------------------------------------- the functions


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

    Args:
        predictions: as for :func:`bootstrap_interval`.
        metrics: what to compute.
        classes: the k classes of the task.
        level: in (0, 1).
        resamples: how many.
        seed: the same seed gives the same intervals.

    Raises:
        EmobenchError: as for :func:`bootstrap_interval`.
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


def mcnemar(table_a: pd.DataFrame, table_b: pd.DataFrame) -> McNemar:
    """Test whether A and B are right equally often: the exact McNemar test, a sign test on the samples they differ on.

    It takes the samples as independent. Where they come in groups its p is too small, and :func:`paired_bootstrap` is the
    one to go by.

    Raises:
        EmobenchError: the tables do not have the same samples and labels.
    """
    from scipy.stats import binomtest

    table_a, table_b = _same_samples([table_a, table_b])
    right_a = (table_a["prediction"] == table_a["label"]).to_numpy()
    right_b = (table_b["prediction"] == table_b["label"]).to_numpy()
    b, c = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p = float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0
    return McNemar(len(table_a), b, c, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down method, in the order given.

    Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6(2), 1979.
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for place, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[position]))
        corrected[position] = highest
    return corrected


def apart(tests: Sequence[Test], unit: Literal["group", "sample"], alpha: float = 1 - LEVEL) -> bool:
    """Tell whether two results differ.

    McNemar's test decides where samples are independent. Where they come in groups it is too sure, and the bootstrap over
    groups has to agree. Where it is absent the bootstrap decides.

    Args:
        tests: of one pair and one metric, p-values corrected.
        unit: what was, or would be, resampled.
        alpha: what a corrected p has to be below.
    """
    exact = [test for test in tests if test.kind == "exact McNemar"]
    deciding = exact if exact and unit == "sample" else tests
    return all(test.holm < alpha for test in deciding)


def unit_of(table: pd.DataFrame) -> Literal["group", "sample"]:
    """Return what is resampled of the predictions of one part: groups if each sample has one and there are at least two."""
    return _units(table).kind


def smallest_detectable_difference(
    n: int, accuracy: float, discordant: float | None = None, *, level: float = LEVEL, power: float = 0.8
) -> float | None:
    """Return the smallest difference in accuracy that the exact McNemar test on ``n`` samples finds with ``power``.

    The power is that of the test itself: of n samples a binomial number m is discordant, and of these a binomial number with
    chance (1 + difference / discordant) / 2 favours the better model; the test rejects where fewer than its critical value
    favour one of the two (the sum over m is that of SAS/STAT's PROC POWER, DIST=EXACT_COND). The difference is found by
    bisection. For large n it comes near Connor's formula (Biometrics 43(1), 1987, page 209),
    ``sqrt(n) d = z(1 - alpha / 2) sqrt(discordant) + z(power) sqrt(discordant - d²)``.

    Args:
        n: number of independent samples; with samples in groups, the result is a lower bound.
        accuracy: of the models, in [0, 1]; used for ``discordant`` only.
        discordant: share of the samples that exactly one of the two has right. Without it 2 a (1 - a), which holds for two
            models of accuracy a that err independently of one another. Models mostly err on the same samples, so that this
            is on the safe side.
        level: one minus the chance of finding a difference where there is none.
        power: chance of finding the difference.

    Returns:
        A difference in (0, ``discordant``]; ``None`` where not even the largest possible one would be found.
    """
    from scipy.optimize import brentq

    share = 2 * accuracy * (1 - accuracy) if discordant is None else discordant
    if share <= 0 or _mcnemar_power(n, share, share, 1 - level) < power:
        return None
    return float(brentq(lambda d: _mcnemar_power(n, share, d, 1 - level) - power, 0.0, share, xtol=1e-6))


def common_samples(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the rows whose samples are in every table, all in the order of the first.

    Cells of one task may lack different samples, for one of them cannot represent what another one can.

    Raises:
        EmobenchError: no sample is in all of them, or the labels or groups of a sample differ.
    """
    ids = set.intersection(*(set(table["sample_id"]) for table in tables))
    if not ids:
        raise EmobenchError("no sample is in all of the predictions", remedy="compare cells of one task")
    return _same_samples([table[table["sample_id"].isin(ids)] for table in tables])


# ------------------------------------------------------------------------------------------------ same samples


def _listed(predictions: Predictions) -> list[pd.DataFrame]:
    return list(predictions) if isinstance(predictions, Sequence) else [predictions]


def _same_samples(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the tables with their rows in the order of the first.

    Raises:
        EmobenchError: a sample is not in all of them, is in one of them twice, or has another label or group there.
    """
    first = tables[0]
    for table in tables:
        twice = table["sample_id"][table["sample_id"].duplicated()]
        if len(twice):
            raise EmobenchError(f"sample {twice.iloc[0]!r} is there twice", remedy="run the cell again")
    for other in tables[1:]:
        odd = sorted(set(first["sample_id"]) ^ set(other["sample_id"]))
        if odd:
            examples = ", ".join(map(repr, odd[:_SHOWN])) + (", ..." if len(odd) > _SHOWN else "")
            raise EmobenchError(
                f"{len(odd)} samples are in one of the predictions only: {examples}",
                remedy="compare on what they have in common",
            )
    aligned = [first] + [table.set_index("sample_id").loc[first["sample_id"]].reset_index() for table in tables[1:]]
    for other in aligned[1:]:
        for column in ("label", "group"):
            _check_same(first, other, column)
    return aligned


def _check_same(first: pd.DataFrame, other: pd.DataFrame, column: str) -> None:
    if column not in first.columns and column not in other.columns:
        return
    mine, theirs = (table[column].fillna("").to_numpy() for table in (first, other))
    differing = (mine != theirs).nonzero()[0]
    if len(differing):
        place = differing[0]
        raise EmobenchError(
            f"the {column} of sample {first['sample_id'].iloc[place]!r} is {mine[place]!r} and {theirs[place]!r} "
            f"({len(differing)} such samples)",
            remedy="compare cells of one task",
        )


# -------------------------------------------------------------------------------------------------- resampling


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

    tables = _same_samples([table for side in sides for table in side])
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
    """Return (resamples,) from (seeds, resamples): the mean over as many seeds, drawn anew for each resample."""
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
        # Copies: a plugin may do what it likes to its arguments.
        value = float(metric.compute(truth.copy(), probabilities.copy(), classes))
        reason = "" if math.isfinite(value) else f"it returned {value}"
    except Exception as error:  # a plugin may raise anything
        value, reason = math.nan, f"{type(error).__name__}: {error}"
    if reason:
        raise EmobenchError(
            f"metric {metric.name!r} cannot be computed on these samples or a resample of them: {reason}",
            remedy="it must bear classes without samples",
        )
    return value


# ------------------------------------------------------------------------------------------ confusion matrices

_FROM_CONFUSION: dict[str, tuple[Literal["precision", "recall", "f1"], Literal["macro", "weighted"]]] = {
    "accuracy": ("recall", "weighted"),
    "balanced_accuracy": ("recall", "macro"),
    "recall_weighted": ("recall", "weighted"),
    "recall_macro": ("recall", "macro"),
    "precision_weighted": ("precision", "weighted"),
    "precision_macro": ("precision", "macro"),
    "f1_weighted": ("f1", "weighted"),
    "f1_macro": ("f1", "macro"),
}
"""By name, since a metric does not tell what it needs; used only where the formula gives the metric's own value."""


def _from_confusion(
    metric: Metric, plain: NDArray[np.float64], truth: NDArray[np.int64], probabilities: Sequence[NDArray[np.float64]]
) -> bool:
    """Tell whether a metric's values, (tables,), are those of the formula that its name stands for."""
    import numpy as np

    if metric.name not in _FROM_CONFUSION:
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


def averages(confusions: NDArray[Any], metric: str) -> NDArray[np.float64]:
    """Return a metric of many confusion matrices.

    Args:
        confusions: (m, k, k) counts, true classes in rows; none of them empty.
        metric: accuracy, balanced_accuracy, or precision, recall or f1 with _macro or _weighted.

    Returns:
        (m,) values; a class without samples is not averaged in, a ratio without a denominator is 0.
    """
    import numpy as np

    ratio, average = _FROM_CONFUSION[metric]
    hits = np.diagonal(confusions, axis1=1, axis2=2).astype(np.float64)
    support, predicted = confusions.sum(axis=2), confusions.sum(axis=1)
    if ratio == "f1":
        hits, below = 2 * hits, support + predicted
    else:
        below = support if ratio == "recall" else predicted
    ratios = np.divide(hits, below, out=np.zeros_like(hits), where=below > 0)
    weights = support if average == "weighted" else support > 0
    values: NDArray[np.float64] = (ratios * weights).sum(axis=1) / weights.sum(axis=1)
    return values


# --------------------------------------------------------------------------------------- percentiles and power


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


def _mcnemar_power(n: int, discordant: float, difference: float, alpha: float) -> float:
    import numpy as np
    from scipy.stats import binom

    low, high = binom.ppf([1e-9, 1 - 1e-9], n, discordant)
    m = np.arange(int(low), int(high) + 1)
    # The largest number of samples in favour of one model at which the test still rejects; -1 where it never does.
    critical = binom.ppf(alpha / 2, m, 0.5)
    critical = np.where(binom.cdf(critical, m, 0.5) <= alpha / 2, critical, critical - 1)
    chance = (1 + difference / discordant) / 2
    rejects = binom.cdf(critical, m, chance) + binom.sf(m - critical - 1, m, chance)
    return float((binom.pmf(m, n, discordant) * rejects).sum())
