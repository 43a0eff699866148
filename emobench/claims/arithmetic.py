"""What arithmetic says about each claim of a ledger, before anything is measured.

A share of n samples is k/n for a whole number k; a row of a table and its averages come from one confusion matrix. Each
condition becomes a :class:`Check` for each size or support that the ledger gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from emobench.claims.confusion_search import (
    Agreement,
    ClassRow,
    Table,
    agree,
    options,
    rows_possible,
    solutions,
    totals_possible,
    work,
)
from emobench.claims.ledger import Claim, Ledger, Supports
from emobench.claims.rounding import ROUNDINGS, Rounding, counts, share_possible

Status = Literal["possible", "possible only if truncated", "impossible", "no condition"]

PROPORTIONS = ("accuracy", "recall_weighted")
"""Metrics of all samples that are a number of right answers divided by n."""

_MOST_WORK = 1_000_000


@dataclass(frozen=True)
class Check:
    """One condition on a printed number.

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
class Finding:
    """All checks of one claim.

    Attributes:
        checks: one for each condition and candidate.
    """

    checks: tuple[Check, ...] = ()

    @property
    def status(self) -> Status:
        """Impossible if a condition that decides fails for every candidate; possible if each is met by one."""
        kinds: dict[str, list[Status]] = {}
        for check in self.checks:
            if check.decides:
                kinds.setdefault(check.what, []).append(check.status)
        if not kinds:
            return "no condition"
        best = [min(found, key=_BEST_FIRST.index) for found in kinds.values()]
        return max(best, key=_BEST_FIRST.index)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The candidate sizes that are possible, and those that no condition excludes."""
        return tuple(sorted({check.n for check in self.checks if check.n and check.decides and _open(check)}))

    @property
    def excluded(self) -> tuple[int, ...]:
        """The candidate sizes that are not possible."""
        found = {check.n for check in self.checks if check.n and check.decides and not _open(check)}
        return tuple(sorted(found - set(self.sizes)))


_BEST_FIRST: tuple[Status, ...] = ("possible", "possible only if truncated", "impossible")


def _open(check: Check) -> bool:
    return check.status != "impossible"


def findings(ledger: Ledger) -> list[Finding]:
    """Return what arithmetic says about each claim, in the order of the ledger."""
    matrices = {
        (matrix.name, supports.source): _Matrix(ledger.about(matrix.name), supports)
        for matrix in ledger.matrices
        if ledger.about(matrix.name)
        for supports in matrix.supports
    }
    found = []
    for claim in ledger.claims:
        checks = list(_proportion(claim)) + list(_bound(claim, ledger)) + list(_micro(claim))
        for (name, _), matrix in matrices.items():
            if name == claim.matrix:
                checks += matrix.checks(claim)
        found.append(Finding(tuple(checks)))
    return found


# ------------------------------------------------------------------------------------------------ one number alone


def _proportion(claim: Claim) -> Iterable[Check]:
    for size in claim.sizes if claim.metric in PROPORTIONS else ():
        yield _share(claim, "whole number of right answers", size.n, size.source)


def _micro(claim: Claim) -> Iterable[Check]:
    """Where the paper does not say how it averages, it may have counted all samples alike; a remark."""
    if claim.averaging == "unstated" and claim.metric not in PROPORTIONS:
        for size in claim.sizes:
            check = _share(claim, "if it were a share of all samples", size.n, size.source)
            yield replace(check, decides=False)


def _share(claim: Claim, what: str, n: int, source: str) -> Check:
    number = claim.printed
    rounded, cut = counts(number, n, "nearest"), counts(number, n, "truncated")
    status: Status = "possible" if rounded else "possible only if truncated" if cut else "impossible"
    return Check(
        what=what,
        given=f"n = {n:,} ({source})",
        status=status,
        detail=_range(rounded or cut) or _neighbours(claim, n),
        one_in=float(1 / share_possible(n, number.places)),
        n=n,
    )


def _range(found: Sequence[int]) -> str:
    if not found:
        return ""
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
    if ratio != "f1" or how not in ("macro", "weighted"):
        return
    here = {
        one.metric: one.printed
        for one in ledger.claims
        if (one.paper, one.table, one.row) == (claim.paper, claim.table, claim.row)
    }
    precision, recall = here.get(f"precision_{how}"), here.get(f"recall_{how}")
    if precision is None or recall is None:
        return
    status: Status = "impossible"
    for slack, low, meaning in ((Fraction(1, 2), Fraction(1, 2), "possible"), (Fraction(1), Fraction(0), "truncated")):
        p = (precision.units + slack) / 10**precision.places
        r = (recall.units + slack) / 10**recall.places
        if (claim.printed.units - low) / 10**claim.printed.places <= 2 * p * r / (p + r):
            status = "possible" if meaning == "possible" else "possible only if truncated"
            break
    yield Check("at most the harmonic mean of average precision and recall", "", status)


# ------------------------------------------------------------------------------------------------ a matrix together


class _Matrix:
    """The claims about one confusion matrix under one candidate for its supports; what is searched is kept."""

    def __init__(self, claims: tuple[Claim, ...], supports: Supports) -> None:
        self.source = supports.source
        rows: dict[str, dict[str, Claim]] = {name: {} for name in supports.classes}
        for claim in claims:
            if claim.of_class:
                rows[claim.of_class][claim.metric] = claim
        self.rows = {
            name: ClassRow(name, support, {metric: one.printed for metric, one in rows[name].items()})
            for name, support in supports.classes.items()
        }
        self.places = max(claim.printed.places for claim in claims)
        self.table = Table(
            tuple(self.rows.values()), {claim.metric: claim.printed for claim in claims if not claim.of_class}
        )
        self._agreed: dict[tuple[str, ...], Check] = {}
        self._precisions: list[Check] | None = None

    def checks(self, claim: Claim) -> list[Check]:
        """Return what the matrix says about one of its claims."""
        if claim.of_class:
            together = self._together(tuple(self.table.totals))
            if self._precisions is None:
                self._precisions = self._as_precisions(together)
            return [*self._own_row(claim), together, *self._precisions]
        check = self._together((claim.metric,))
        if claim.metric in PROPORTIONS and claim.sizes:  # decided by its own number of right answers
            return [replace(check, decides=False)]
        values, all_seen = totals_possible(self.table, claim.metric)
        chance = (10**claim.printed.places + 1) / len(values) if values and all_seen else None
        return [replace(check, one_in=chance)]

    def _own_row(self, claim: Claim) -> list[Check]:
        row = self.rows[claim.of_class]
        if set(row.printed) == {"recall"}:
            return [_share(claim, "recall of its class", row.support, self.source)]
        found: dict[Rounding, int] = {how: len(options(row, self.table.n, how)) for how in ROUNDINGS}
        chance = None
        if len(row.printed) == 3:
            chance = (10**self.places + 1) ** 3 / rows_possible(row.support, self.table.n, self.places)
        detail = ", ".join(f"{how} {number}" for how, number in found.items() if number and how != "mixed")
        given = f"support {row.support} ({self.source})"
        return [
            Check("the row of its class", given, _status(found), f"pairs (hits, predicted): {detail or 'none'}", chance)
        ]

    def _together(self, totals: tuple[str, ...]) -> Check:
        if totals not in self._agreed:
            table = Table(self.table.rows, {name: self.table.totals[name] for name in totals})
            found = {how: agree(table, how) for how in ROUNDINGS}
            names = " and ".join(name.replace("_", " ") for name in totals) if len(totals) < 3 else "all averages"
            what = f"one confusion matrix with all classes and {names}"
            status = _status({how: one.solutions for how, one in found.items()})
            self._agreed[totals] = Check(what, f"supports of {self.source}", status, _describe(found))
        return self._agreed[totals]

    def _as_precisions(self, together: Check) -> list[Check]:
        """If what is read as recalls cannot be: whether it could be precisions; a remark."""
        if together.status != "impossible" or any(set(row.printed) != {"recall"} for row in self.table.rows):
            return []
        rows = tuple(ClassRow(row.name, row.support, {"precision": row.printed["recall"]}) for row in self.table.rows)
        table = Table(rows, self.table.totals)
        if work(table, "mixed") > _MOST_WORK:  # few decimals allow millions of choices, and mean little
            return []
        hows: tuple[Rounding, ...] = ("nearest", "truncated", "mixed")
        found = {how: int(next(solutions(table, how, list(table.totals)), None) is not None) for how in hows}
        what = "if the class values were precisions"
        return [Check(what, f"supports of {self.source}", _status(found), decides=False)]


def _status(found: dict[Rounding, int]) -> Status:
    """Return what numbers of solutions by rounding mean."""
    if found["nearest"]:
        return "possible"
    return "possible only if truncated" if found["truncated"] or found["mixed"] else "impossible"


def _describe(found: dict[Rounding, Agreement]) -> str:
    possible = [one for one in found.values() if one.solutions and one.rounding != "mixed"]
    if possible:
        return "; ".join(
            f"{one.rounding}: {one.solutions:,} solution{'s' * (one.solutions > 1)}, {_range(list(one.correct))} right"
            for one in possible
        )
    return found["mixed"].conflict or "some rounded, some cut off"
