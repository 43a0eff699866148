"""Whether the numbers of one table can all be true of one and the same confusion matrix.

For each class every pair (true positives, predicted) is found that gives the printed precision, recall and F1; then every
choice of one pair a class whose predictions add up to the number of samples, that some confusion matrix has, and whose
accuracy and averages are the printed ones. The search is exhaustive within its limit, and exact.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import islice

from emobench.claims.rounding import Printed, Rounding, counts, fits, rounded
from emobench.records import METRICS

LIMIT = 20_000
"""Solutions after which the search stops counting."""


@dataclass(frozen=True)
class ClassRow:
    """What is printed of one class.

    Attributes:
        name: as in the paper.
        support: samples of the class.
        printed: of ``precision``, ``recall`` and ``f1`` those that are printed.
    """

    name: str
    support: int
    printed: Mapping[str, Printed]


@dataclass(frozen=True)
class Counts:
    """What one class may have been.

    Attributes:
        support: samples of the class.
        hits: true positives.
        predicted: how often the class was predicted; ``None`` where nothing printed depends on it.
    """

    support: int
    hits: int
    predicted: int | None = None

    def ratio(self, name: str) -> Fraction:
        """Return precision, recall or F1; 0 where there is no denominator, as scikit-learn has it."""
        if name == "recall":
            return Fraction(self.hits, self.support)
        assert self.predicted is not None
        if name == "f1":
            return Fraction(2 * self.hits, self.support + self.predicted)
        return Fraction(self.hits, self.predicted) if self.predicted else Fraction(0)


Solution = tuple[Counts, ...]


@dataclass(frozen=True)
class PrintedTable:
    """Class rows, at least one, and what is printed of all classes together, by metric."""

    rows: tuple[ClassRow, ...]
    totals: Mapping[str, Printed] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of samples."""
        return sum(row.support for row in self.rows)


def options(row: ClassRow, n: int, rounding: Rounding) -> list[Counts]:
    """Return all that a class of a test of n samples may have been by its own row, in the order of ``predicted``."""
    support, known = row.support, row.printed
    hits: Sequence[int] = counts(known["recall"], support, rounding) if "recall" in known else range(support + 1)
    if known.keys() <= {"recall"}:
        return [Counts(support, k) for k in hits]
    found = []
    for predicted in range(n + 1):
        near = counts(known["precision"], predicted, rounding) if "precision" in known and predicted else hits
        # Of the others some were predicted as this class: no more than there are.
        possible = [Counts(support, k, predicted) for k in near if k in hits and k <= predicted <= n - support + k]
        found += [
            each for each in possible if all(fits(each.ratio(name), number, rounding) for name, number in known.items())
        ]
    return found


def solutions(table: PrintedTable, rounding: Rounding, totals: Sequence[str]) -> Iterator[Solution]:
    """Yield every choice of one option a class that can be true together and gives the totals that are named."""
    n = table.n
    right: Sequence[int] = range(n + 1)
    if "accuracy" in totals:
        right = counts(table.totals["accuracy"], n, rounding)
    choices = [options(row, n, rounding) for row in table.rows]
    if not right or not all(choices):
        return
    for chosen in _together(choices, n, right[0], right[-1]):
        if all(fits(average(chosen, name), table.totals[name], rounding) for name in totals):
            yield chosen


def average(chosen: Solution, name: str) -> Fraction:
    """Return a metric of the catalogue that is an average over the classes of a confusion matrix."""
    average = METRICS[name].average
    assert average is not None
    weights = [each.support if average.weights == "weighted" else 1 for each in chosen]
    total = sum(each.ratio(average.ratio) * weight for each, weight in zip(chosen, weights, strict=True))
    return Fraction(total, sum(weights))


def _together(choices: list[list[Counts]], n: int, fewest: int, most: int) -> Iterator[Solution]:
    """Yield the choices with ``fewest`` to ``most`` hits, whose predictions add up to n, and that some matrix has."""
    counted = all(each.predicted is not None for row in choices for each in row)

    def predicted(each: Counts) -> int:
        return (each.predicted or 0) if counted else 0

    # What the classes from each on can add: least and most hits, least and most predictions.
    bounds = [(0, 0, 0, 0)]
    for row in reversed(choices):
        hits, said = [each.hits for each in row], [predicted(each) for each in row]
        ends = (min(hits), max(hits), min(said), max(said))
        bounds.append(tuple(map(sum, zip(bounds[-1], ends, strict=True))))  # type: ignore[arg-type]
    bounds.reverse()

    def extend(chosen: Solution, hits: int, open_: int) -> Iterator[Solution]:
        if len(chosen) == len(choices):
            if not counted or _matrix_exists(chosen):
                yield chosen
            return
        row = choices[len(chosen)]
        least_hits, most_hits, least, greatest = bounds[len(chosen) + 1]
        start = bisect_left(row, open_ - greatest, key=predicted)
        stop = bisect_right(row, open_ - least, key=predicted)
        for each in row[start:stop]:
            so_far = hits + each.hits
            if so_far + most_hits >= fewest and so_far + least_hits <= most:
                yield from extend((*chosen, each), so_far, open_ - predicted(each))

    yield from extend((), 0, n if counted else 0)


def _matrix_exists(chosen: Solution) -> bool:
    """Tell whether a confusion matrix has these hits, supports and predictions.

    The wrong answers of a class must find room among those wrongly given to the others: for each class, its misses and its
    false alarms are together no more than all wrong answers. By the max-flow min-cut theorem that is enough.
    """
    wrong = sum(each.support - each.hits for each in chosen)
    return all(each.support + (each.predicted or 0) - 2 * each.hits <= wrong for each in chosen)


def some_solutions(table: PrintedTable, rounding: Rounding, totals: Sequence[str]) -> list[Solution]:
    """Return the first solutions, at most :data:`LIMIT`."""
    return list(islice(solutions(table, rounding, totals), LIMIT))


def conflict(table: PrintedTable) -> str:
    """Return the first condition that no matrix meets, however each number was rounded; empty where one meets all."""
    for row in table.rows:
        if not options(row, table.n, "mixed"):
            return f"no counts give the row of class {row.name}"
    totals = list(table.totals)
    for number in range(len(totals) + 1):
        if next(solutions(table, "mixed", totals[:number]), None) is None:
            if not number:
                return f"no predictions of {table.n:,} samples give all class rows"
            return f"the class rows do not give the printed {totals[number - 1].replace('_', ' ')}"
    return ""


def totals_possible(table: PrintedTable, name: str) -> int | None:
    """Return how many numbers the class rows alone allow a total to be printed as; ``None`` where not all were seen."""
    found = some_solutions(table, "nearest", ())
    places = table.totals[name].places
    values = {units for each in found for units in rounded(average(each, name), places, "nearest")}
    return len(values) if len(found) < LIMIT else None


@cache
def rows_possible(support: int, n: int, places: int) -> int:
    """Return how many triples of precision, recall and F1 a class can have as printed (half-up), of a cube of decimals."""
    scale = 10**places

    def units(top: int, bottom: int) -> int:
        return (2 * top * scale + bottom) // (2 * bottom) if bottom else 0

    return len(
        {
            (units(hits, predicted), units(hits, support), units(2 * hits, support + predicted))
            for hits in range(support + 1)
            for predicted in range(hits, n - support + hits + 1)
        }
    )


def work(table: PrintedTable, rounding: Rounding) -> int:
    """Return how many choices a search goes through at most."""
    return math.prod(len(options(row, table.n, rounding)) for row in table.rows[:-1])
