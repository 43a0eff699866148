"""Resamples of the same samples in several tables of predictions, and the values of metrics on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from emobench.contracts import ClassAverage, Metric
from emobench.errors import EmobenchError
from emobench.scoring.alignment import same_samples
from emobench.scoring.class_set import class_set
from emobench.scoring.confusion import averages, is_macro
from emobench.scoring.metrics import value_of
from emobench.scoring.outcomes import Outcomes, outcomes
from emobench.scoring.units import units_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

EQUAL = 1e-9
"""Scores nearer to one another than this differ by rounding only: one of a million samples moves a score by more."""


_AT_A_TIME = 100
"""Resamples whose draws, a number for each unit, are in memory at once."""


class Resamples:
    """The predictions of one part in several tables, and the values of metrics on resamples of them.

    Attributes:
        units: what is resampled.
        set: the classes that macro averages are over, the same in every resample.
        truth: (n,) indices of the true classes; 0 where the target is values.
    """

    def __init__(self, tables: Sequence[pd.DataFrame], classes: tuple[str, ...], resamples: int, seed: int) -> None:
        import numpy as np

        tables = same_samples(tables)
        self._found = [outcomes(table, classes) for table in tables]
        self.classes, self.number, self.seed = classes, resamples, seed
        labels = self._found[0].labels
        self.units = units_of(tables[0])
        self.truth = np.zeros(len(tables[0]), dtype=np.int64) if labels is None else labels
        self.set = class_set(self.truth, self.units.groups, classes)
        self._outcomes = np.stack([self.truth * len(classes) + each.predicted.argmax(axis=1) for each in self._found])
        self._divisions = list(self.units.crossed())
        self._plain: dict[str, NDArray[np.float64]] = {}
        self._drawn: dict[int, tuple[NDArray[np.float64], ...]] = {}

    @property
    def right(self) -> NDArray[np.bool_]:
        """(tables, n) whether a prediction is right."""
        import numpy as np

        return np.asarray(self._outcomes % (len(self.classes) + 1) == 0)

    def average(self, metric: Metric) -> ClassAverage | None:
        """Return the average of confusion matrices that a metric is, if it says so and the matrices give its own values."""
        import numpy as np

        if metric.average is None or metric.kind != "class":
            return None
        same = np.allclose(averages(self._whole, metric.average), self._own_values(metric), rtol=0, atol=EQUAL)
        return metric.average if same else None

    def on_all(self, metric: Metric) -> NDArray[np.float64]:
        """Return (tables,) values on the samples as they are."""
        average = self.average(metric)
        return averages(self._whole, average, self.set.averaged) if average else self._own_values(metric)

    def drawn(self, metric: Metric) -> list[tuple[NDArray[np.float64], int, int]]:
        """Return for each way of dividing the samples (tables, resamples) values, the number of units and the sign.

        A resample that lacks one of the classes of a macro average has the value NaN.
        """
        import numpy as np

        average, each = self.average(metric), self._each(metric)
        found = []
        for place, (unit_of, units, sign) in enumerate(self._divisions):
            if average:
                confusions = self._confusions(place, unit_of, units)
                values = np.stack([averages(one, average, self.set.averaged) for one in confusions])
            elif each is not None:
                values = self._from_means(metric, each, unit_of, units)
            else:
                values = self._from_rows(metric, unit_of, units)
            found.append((values, units, sign))
        return found

    def lacks_a_class(self, metric: Metric) -> bool:
        """Tell whether a metric is a macro average over a class that is too rare for an interval."""
        return bool(self.set.rare) and is_macro(metric.average)

    def _own_values(self, metric: Metric) -> NDArray[np.float64]:
        """(tables,) values that the metric's own function gives on the samples as they are."""
        import numpy as np

        if metric.name not in self._plain:
            values = [self._computed(metric, each) for each in self._found]
            self._plain[metric.name] = np.array(values)
        return self._plain[metric.name]

    @cached_property
    def _whole(self) -> NDArray[np.int64]:
        """(tables, k, k) confusion matrices of the samples as they are."""
        import numpy as np

        k = len(self.classes)
        return np.stack([np.bincount(each, minlength=k * k) for each in self._outcomes]).reshape(-1, k, k)

    def _computed(self, metric: Metric, found: Outcomes) -> float:
        truth = found.truth(metric)
        if truth is None:
            what = f"metric {metric.name!r} measures targets of kind {metric.kind!r}, and these are {found.kind!r}"
            raise EmobenchError(what, remedy="name a metric of this kind")
        try:
            return value_of(metric, truth, found.predicted, self.classes)
        except ValueError as error:
            raise EmobenchError(
                f"metric {metric.name!r} cannot be computed on these samples or a resample of them: {error}",
                remedy="it must bear classes without samples",
            ) from error

    def _each(self, metric: Metric) -> NDArray[np.float64] | None:
        """Return (tables, n, q) what samples add to the means that a metric follows from, if they give its own values."""
        import numpy as np

        if metric.each is None:
            return None
        each = []
        for found in self._found:
            if (truth := found.truth(metric)) is None:
                return None
            each.append(metric.each(truth.copy(), found.predicted.copy(), self.classes))
        given = metric.of_means(np.mean(each, axis=1))
        return np.stack(each) if np.allclose(given, self._own_values(metric), rtol=0, atol=EQUAL) else None

    def _from_means(
        self, metric: Metric, each: NDArray[np.float64], unit_of: NDArray[np.int64], units: int
    ) -> NDArray[np.float64]:
        """Return (tables, resamples) values from means of what is drawn: a unit adds its sums and its number of samples."""
        import numpy as np

        generator = np.random.default_rng(self.seed)
        sums = np.zeros((len(each), units, each.shape[2]))
        for held, added in zip(sums, each, strict=True):
            np.add.at(held, unit_of, added)
        numbers = np.bincount(unit_of, minlength=units)
        values = np.empty((len(each), self.number))
        for start in range(0, self.number, _AT_A_TIME):
            size = min(_AT_A_TIME, self.number - start)
            drawn = generator.multinomial(units, np.full(units, 1 / units), size=size).astype(np.float64)
            means = (drawn @ sums) / (drawn @ numbers)[:, None]
            values[:, start : start + size] = [metric.of_means(of_table) for of_table in means]
        return values

    def _from_rows(self, metric: Metric, unit_of: NDArray[np.int64], units: int) -> NDArray[np.float64]:
        """Return (tables, resamples) values of any metric, by calling it on the rows of each resample."""
        import numpy as np

        generator = np.random.default_rng(self.seed)
        values = np.empty((len(self._found), self.number))
        for number in range(self.number):
            times = np.bincount(generator.integers(units, size=units), minlength=units)
            rows = np.repeat(np.arange(len(self.truth)), times[unit_of])
            values[:, number] = [self._computed(metric, each.at(rows)) for each in self._found]
        return values

    def _confusions(self, place: int, unit_of: NDArray[np.int64], units: int) -> tuple[NDArray[np.float64], ...]:
        """(resamples, k, k) confusion matrices of each table.

        Which samples a resample holds matters only as far as their outcomes differ. So the draw is a multinomial one over
        the kinds of units that there are: groups, or samples with the same true class and the same predictions.
        """
        import numpy as np

        if place in self._drawn:
            return self._drawn[place]
        k = len(self.classes)
        if units < len(self.truth):
            kind, number = unit_of, np.ones(units, dtype=np.int64)
        else:
            _, kind, number = np.unique(self._outcomes, axis=1, return_inverse=True, return_counts=True)
        generator = np.random.default_rng(self.seed)
        drawn = generator.multinomial(units, number / units, size=self.number).astype(np.float64)
        confusions = []
        for cells in self._outcomes:
            counts = np.bincount(kind.ravel() * k * k + cells, minlength=len(number) * k * k).reshape(-1, k * k)
            confusions.append((drawn @ (counts / number[:, None])).reshape(-1, k, k))
        self._drawn[place] = tuple(confusions)
        return self._drawn[place]
