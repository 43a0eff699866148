"""What arithmetic says about each claim of a ledger, before anything is measured.

A share of n samples is k/n for a whole number k; a row of a table and its averages come from one confusion matrix. Each
condition is one :class:`Check` for each size or support that the ledger gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import Literal

from emobench.claims.confusion_search import (
    ClassRow,
    PrintedTable,
    conflict,
    options,
    rows_possible,
    solutions,
    some_solutions,
    totals_possible,
    work,
)
from emobench.claims.ledger import Claim, Ledger, Supports
from emobench.claims.rounding import ROUNDINGS, Rounding, counts, share_possible

Status = Literal["possible", "possible only if truncated", "impossible", "no condition"]

PROPORTIONS = ("accuracy", "recall_weighted")
"""Metrics of all samples that are a number of right answers divided by n."""

_BEST_FIRST: tuple[Status, ...] = ("possible", "possible only if truncated", "impossible")
_MOST_WORK = 1_000_000


@dataclass(frozen=True)
class Check:
    """Whether a printed number meets a condition.

    Attributes:
        what: the condition.
        given: the candidate that it is met or not met with: a size or supports, and their source; empty if there is one only.
        status: whether it can be met.
        detail: by what, or why not.
        one_in: one in how many arbitrary numbers of so many decimals would meet it; ``None`` where that is not worked out.
        n: the size it is about; 0 where it is about none.
        decides: whether a number that fails is impossible as printed; else it is a remark.
    """

    what: str
    given: str
    status: Status
    detail: str = ""
    one_in: float | None = None
    n: int = 0
    decides: bool = True


@dataclass(frozen=True)
class Arithmetic:
    """All checks of one claim: one for each condition and candidate."""

    checks: tuple[Check, ...] = ()

    @property
    def deciding(self) -> list[Check]:
        """The checks that are no remarks."""
        return [check for check in self.checks if check.decides]

    @property
    def status(self) -> Status:
        """Impossible if a condition that decides fails for every candidate; possible if each is met by one."""
        best: dict[str, Status] = {}
        for check in self.deciding:
            best[check.what] = min(check.status, best.get(check.what, "impossible"), key=_BEST_FIRST.index)
        return max(best.values(), key=_BEST_FIRST.index, default="no condition")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The candidate sizes that are possible, and those that no condition excludes."""
        return tuple(sorted({check.n for check in self.deciding if check.n and check.status != "impossible"}))

    @property
    def excluded(self) -> tuple[int, ...]:
        """The candidate sizes that are not possible."""
        return tuple(sorted({check.n for check in self.deciding if check.n} - set(self.sizes)))


def check_claims(ledger: Ledger) -> list[Arithmetic]:
    """Return what arithmetic says about each claim, in the order of the ledger."""
    matrices = {
        matrix.name: [_Matrix(ledger.about(matrix.name), supports) for supports in matrix.supports]
        for matrix in ledger.matrices
        if ledger.about(matrix.name)
    }
    found = []
    for claim in ledger.claims:
        if claim.bound:
            found.append(Arithmetic(tuple(_own_value(claim, ledger))))
            continue
        checks = [*_bound(claim, ledger), *_proportions(claim)]
        for matrix in matrices.get(claim.matrix, ()):
            checks += matrix.checks(claim)
        found.append(Arithmetic(tuple(checks)))
    return found


# ------------------------------------------------------------------------------------------------ one number alone


def _proportions(claim: Claim) -> Iterable[Check]:
    """Whether a number can be a share of all samples.

    Where the paper does not say how it averages, it may have counted all samples alike; that is a remark.
    """
    for size in claim.sizes:
        if claim.metric in PROPORTIONS:
            yield _share(claim, "whole number of right answers", size.n, size.source)
        elif claim.averaging == "unstated":
            check = _share(claim, "if it were a share of all samples", size.n, size.source)
            yield replace(check, decides=False)


def _own_value(claim: Claim, ledger: Ledger) -> Iterable[Check]:
    """Whether the paper's own number for the same thing keeps within a bound that it states elsewhere."""
    for other in ledger.about(claim.matrix):
        if (other.of_class, other.metric) == (claim.of_class, claim.metric):
            low, high = sorted((claim.printed.value, other.printed.value))
            kept = other.printed.value == (high if claim.bound == "at least" else low)
            detail = f"{other.table} prints {other.value} for {other.row}"
            yield Check(
                "the paper's own number keeps within the bound", "", "possible" if kept else "impossible", detail
            )


def _share(claim: Claim, what: str, n: int, source: str) -> Check:
    number = claim.printed
    nearest, cut = counts(number, n, "nearest"), counts(number, n, "truncated")
    status: Status = "possible" if nearest else "possible only if truncated" if cut else "impossible"
    detail = _range(nearest or cut) if nearest or cut else _neighbours(claim, n)
    return Check(what, f"n = {n:,} ({source})", status, detail, float(1 / share_possible(n, number.places)), n)


def _range(found: Sequence[int]) -> str:
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"


def _neighbours(claim: Claim, n: int) -> str:
    below = int(claim.printed.value * n)
    factor = 100 if claim.unit == "percent" else 1
    places = claim.decimals + 2
    return " and ".join(f"{k:,}/{n:,} is {factor * k / n:.{places}f}" for k in (below, below + 1) if k <= n)


def _bound(claim: Claim, ledger: Ledger) -> Iterable[Check]:
    """An average F1 is at most the harmonic mean of the averages of precision and recall.

    F1 is a concave and homogeneous function of both, so that Jensen's inequality holds for any weights.
    """
    ratio, _, how = claim.metric.rpartition("_")
    row = (claim.paper, claim.table, claim.row)
    here = {each.metric: each.printed for each in ledger.claims if (each.paper, each.table, each.row) == row}
    precision, recall = here.get(f"precision_{how}"), here.get(f"recall_{how}")
    if ratio != "f1" or precision is None or recall is None:
        return

    def holds(above: Fraction, below: Fraction) -> bool:
        p = (precision.units + above) / 10**precision.places
        r = (recall.units + above) / 10**recall.places
        f1 = (claim.printed.units - below) / 10**claim.printed.places
        return bool(f1 <= 2 * p * r / (p + r))

    half = Fraction(1, 2)
    if holds(half, half):
        status: Status = "possible"
    else:
        status = "possible only if truncated" if holds(Fraction(1), Fraction(0)) else "impossible"
    yield Check("at most the harmonic mean of average precision and recall", "", status)


# ------------------------------------------------------------------------------------------------ a matrix together


class _Matrix:
    """The claims about one confusion matrix under one candidate for its supports."""

    def __init__(self, claims: Sequence[Claim], supports: Supports) -> None:
        self.source = supports.source
        self.rows = {
            name: ClassRow(name, n, {claim.metric: claim.printed for claim in claims if claim.of_class == name})
            for name, n in supports.classes.items()
        }
        self.places = max(claim.printed.places for claim in claims)
        totals = {claim.metric: claim.printed for claim in claims if not claim.of_class}
        self.table = PrintedTable(tuple(self.rows.values()), totals)
        self._together = cache(self._search)

    def checks(self, claim: Claim) -> list[Check]:
        """Return what the matrix says about one of its claims."""
        if claim.of_class:
            return [self._own_row(claim), self._together(tuple(self.table.totals)), *self._as_precisions]
        check = self._together((claim.metric,))
        if claim.metric in PROPORTIONS and claim.sizes:  # decided by its own number of right answers
            return [replace(check, decides=False)]
        values = totals_possible(self.table, claim.metric)
        return [replace(check, one_in=(10**claim.printed.places + 1) / values if values else None)]

    def _own_row(self, claim: Claim) -> Check:
        row = self.rows[claim.of_class]
        if set(row.printed) == {"recall"}:
            return _share(claim, "recall of its class", row.support, self.source)
        found: dict[Rounding, int] = {how: len(options(row, self.table.n, how)) for how in ROUNDINGS}
        chance = None
        if len(row.printed) == 3:
            chance = (10**self.places + 1) ** 3 / rows_possible(row.support, self.table.n, self.places)
        pairs = ", ".join(f"{how} {number}" for how, number in found.items() if number and how != "mixed")
        given = f"support {row.support} ({self.source})"
        detail = f"pairs (hits, predicted): {pairs or 'none'}"
        return Check("the row of its class", given, _status(found), detail, chance)

    def _search(self, totals: tuple[str, ...]) -> Check:
        table = PrintedTable(self.table.rows, {name: self.table.totals[name] for name in totals})
        found = {how: some_solutions(table, how, totals) for how in ROUNDINGS}
        parts = []
        for how, each in found.items():
            if each and how != "mixed":
                right = sorted({sum(row.hits for row in solution) for solution in each})
                parts.append(f"{how}: {len(each):,} solution{'s' * (len(each) > 1)}, {_range(right)} right")
        detail = "; ".join(parts) or conflict(table) or "some rounded, some cut off"
        names = " and ".join(name.replace("_", " ") for name in totals) if len(totals) < 3 else "all averages"
        what = f"one confusion matrix with all classes and {names}"
        return Check(what, f"supports of {self.source}", _status(found), detail)

    @cached_property
    def _as_precisions(self) -> list[Check]:
        """If what is read as recalls cannot be: whether it could be precisions; a remark."""
        rows, totals = self.table.rows, tuple(self.table.totals)
        if self._together(totals).status != "impossible" or any(set(row.printed) != {"recall"} for row in rows):
            return []
        swapped = tuple(ClassRow(row.name, row.support, {"precision": row.printed["recall"]}) for row in rows)
        table = PrintedTable(swapped, self.table.totals)
        if work(table, "mixed") > _MOST_WORK:  # few decimals allow millions of choices, and mean little
            return []
        found = {how: next(solutions(table, how, totals), None) for how in ROUNDINGS}
        what = "if the class values were precisions"
        return [Check(what, f"supports of {self.source}", _status(found), decides=False)]


def _status(found: Mapping[Rounding, object]) -> Status:
    """Return what there being solutions, by rounding, means."""
    if found["nearest"]:
        return "possible"
    return "possible only if truncated" if found["truncated"] or found["mixed"] else "impossible"
