"""Whether the numbers of one table can all be true of one and the same confusion matrix.

For each class every pair (true positives, predicted) is found that gives the printed precision, recall and F1; then every
choice of one pair a class whose predictions add up to the number of samples, that some confusion matrix has, and whose
accuracy and averages are the printed ones. The search is exhaustive within its limit, and exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from emobench.claims.rounding import Printed, Rounding, counts, fits

RATIOS = ("precision", "recall", "f1")
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
        predicted: how often the class was predicted; -1 where nothing printed depends on it.
    """

    support: int
    hits: int
    predicted: int = -1

    def ratio(self, name: str) -> Fraction:
        """Return precision, recall or F1; 0 where there is no denominator, as scikit-learn has it."""
        top, bottom = {
            "precision": (self.hits, self.predicted),
            "recall": (self.hits, self.support),
            "f1": (2 * self.hits, self.support + self.predicted),
        }[name]
        return Fraction(top, bottom) if bottom else Fraction(0)


Solution = tuple[Counts, ...]


@dataclass(frozen=True)
class Table:
    """Class rows and what is printed of all classes together.

    Attributes:
        rows: at least one.
        totals: ``accuracy``, or ``<ratio>_macro`` and ``<ratio>_weighted``, to what is printed.
    """

    rows: tuple[ClassRow, ...]
    totals: Mapping[str, Printed] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of samples."""
        return sum(row.support for row in self.rows)


@dataclass(frozen=True)
class Agreement:
    """What the search found under one way of rounding.

    Attributes:
        rounding: how everything was taken to be rounded.
        solutions: their number, at most ``LIMIT``.
        correct: the numbers of correct answers that they have, in order.
        conflict: the first condition that nothing meets; empty if there is a solution.
    """

    rounding: Rounding
    solutions: int
    correct: tuple[int, ...]
    conflict: str = ""


def options(row: ClassRow, n: int, rounding: Rounding) -> list[Counts]:
    """Return all that a class of a test of n samples may have been by its own row."""
    support, known = row.support, row.printed
    hits = counts(known["recall"], support, rounding) if "recall" in known else range(support + 1)
    if not {"precision", "f1"} & set(known):
        return [Counts(support, k) for k in hits]
    possible = set(hits)
    found = []
    for predicted in range(n + 1):
        near = counts(known["precision"], predicted, rounding) if "precision" in known and predicted else possible
        for k in sorted(possible.intersection(near)):
            one = Counts(support, k, predicted)
            # Of the others some were predicted as this class: no more than there are.
            if k <= predicted <= n - support + k and _has(one, known, rounding):
                found.append(one)
    return found


def _has(one: Counts, known: Mapping[str, Printed], rounding: Rounding) -> bool:
    return all(fits(one.ratio(name), number, rounding) for name, number in known.items())


def solutions(table: Table, rounding: Rounding, totals: Sequence[str]) -> Iterator[Solution]:
    """Yield every choice of one option a class that can be true together and gives the totals that are named."""
    choices = [options(row, table.n, rounding) for row in table.rows]
    right = set(counts(table.totals["accuracy"], table.n, rounding)) if "accuracy" in totals else None
    averages = [name for name in totals if name != "accuracy"]
    for chosen in _chosen(choices, table.n, right):
        if all(fits(average(chosen, name), table.totals[name], rounding) for name in averages):
            yield chosen


def average(chosen: Solution, name: str) -> Fraction:
    """Return ``<ratio>_macro`` or ``<ratio>_weighted`` over the classes."""
    ratio, _, how = name.rpartition("_")
    weights = [one.support if how == "weighted" else 1 for one in chosen]
    return sum((one.ratio(ratio) * weight for one, weight in zip(chosen, weights, strict=True)), Fraction(0)) / sum(
        weights
    )


def _chosen(choices: list[list[Counts]], n: int, right: set[int] | None) -> Iterator[Solution]:
    """Yield the choices whose predictions add up to n, with a number of hits in ``right``, and with a confusion matrix."""
    counted = all(one.predicted >= 0 for row in choices for one in row)
    if counted and right:
        # The condition of _matrix_exists, already for single classes: at most so many answers are wrong.
        wrong = n - min(right)
        choices = [[one for one in row if one.support + one.predicted - 2 * one.hits <= wrong] for row in choices]
    if not all(choices):
        return
    last: dict[int, list[Counts]] = {}
    for one in choices[-1]:
        last.setdefault(one.predicted if counted else 0, []).append(one)
    bounds = [_bounds(choices[place:], counted) for place in range(len(choices))]

    def extend(chosen: Solution, hits: int, predicted: int) -> Iterator[Solution]:
        place = len(chosen)
        (few, many), (least, most) = bounds[place]
        if counted and not few <= n - predicted <= many:
            return
        if right is not None and not any(least <= total - hits <= most for total in right):
            return
        if place == len(choices) - 1:
            for one in last.get(n - predicted if counted else 0, ()):
                whole = (*chosen, one)
                if (right is None or hits + one.hits in right) and (not counted or _matrix_exists(whole)):
                    yield whole
            return
        for one in choices[place]:
            yield from extend((*chosen, one), hits + one.hits, predicted + (one.predicted if counted else 0))

    yield from extend((), 0, 0)


def _bounds(choices: list[list[Counts]], counted: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the fewest and most predictions, and the fewest and most hits, that the classes still to choose can add."""
    predicted = [[one.predicted for one in part] if counted else [0] for part in choices]
    hits = [[one.hits for one in part] for part in choices]
    return (sum(map(min, predicted)), sum(map(max, predicted))), (sum(map(min, hits)), sum(map(max, hits)))


def _matrix_exists(chosen: Solution) -> bool:
    """Tell whether a confusion matrix has these hits, supports and predictions.

    The wrong answers of a class must find room among those wrongly given to the others: for each class, its misses and its
    false alarms are together no more than all wrong answers. By the max-flow min-cut theorem that is enough.
    """
    wrong = sum(one.support - one.hits for one in chosen)
    return all(one.support + one.predicted - 2 * one.hits <= wrong for one in chosen)


def agree(table: Table, rounding: Rounding) -> Agreement:
    """Search under one way of rounding.

    Returns:
        The solutions, or the first condition that nothing meets.
    """
    for row in table.rows:
        if not options(row, table.n, rounding):
            return Agreement(rounding, 0, (), f"no counts give the row of class {row.name}")
    totals = list(table.totals)
    found = _limited(solutions(table, rounding, totals))
    if found:
        return Agreement(rounding, len(found), tuple(sorted({sum(one.hits for one in each) for each in found})))
    if next(solutions(table, rounding, ()), None) is None:
        return Agreement(rounding, 0, (), f"no predictions of {table.n:,} samples give all class rows")
    for number, name in enumerate(totals, start=1):
        if next(solutions(table, rounding, totals[:number]), None) is None:
            return Agreement(rounding, 0, (), f"the class rows do not give the printed {name.replace('_', ' ')}")
    raise AssertionError("unreachable: the last of these searches is the one that found nothing")


def _limited(found: Iterator[Solution]) -> list[Solution]:
    return [one for one, _ in zip(found, range(LIMIT), strict=False)]


def totals_possible(table: Table, name: str, rounding: Rounding = "nearest") -> tuple[set[int], bool]:
    """Return what the class rows alone allow a total to be printed as, in units of its last decimal.

    Returns:
        The values, and whether all solutions were seen.
    """
    places = table.totals[name].places
    found = _limited(solutions(table, rounding, ()))
    values: set[int] = set()
    for one in found:
        share = Fraction(sum(each.hits for each in one), table.n) if name == "accuracy" else average(one, name)
        units = share * 10**places
        values |= {int(units + Fraction(1, 2)), -int(-(units - Fraction(1, 2)) // 1)}
    return values, len(found) < LIMIT


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


def work(table: Table, rounding: Rounding) -> int:
    """Return how many choices a search goes through at most."""
    return math.prod(len(options(row, table.n, rounding)) for row in table.rows[:-1])
