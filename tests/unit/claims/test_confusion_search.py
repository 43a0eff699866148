"""The search against all confusion matrices."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from emobench.claims.arithmetic import Arithmetic, check_claims
from emobench.claims.confusion_search import (
    ClassRow,
    PrintedTable,
    conflict,
    rows_possible,
    solutions,
    some_solutions,
)
from emobench.claims.ledger import Ledger
from emobench.claims.rounding import fits, printed
from emobench.suites.schema import Suite
from tests.support.claims import papers


@pytest.fixture(scope="module")
def suite() -> Suite:
    return papers()[0]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return papers()[1]


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Arithmetic]:
    return {claim.place: one for claim, one in zip(ledger.claims, check_claims(ledger), strict=True)}


def matrices(supports: tuple[int, ...]) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Yield every confusion matrix with these supports."""
    k = len(supports)

    def lines(total: int, length: int) -> Iterator[tuple[int, ...]]:
        if length == 1:
            yield (total,)
            return
        for first in range(total + 1):
            for rest in lines(total - first, length - 1):
                yield (first, *rest)

    for chosen in product(*(list(lines(support, k)) for support in supports)):
        yield np.asarray(chosen, dtype=np.int64)


def test_solutions_are_those_of_all_confusion_matrices() -> None:
    supports = (3, 2, 4)
    rows = (
        ClassRow("a", 3, {"precision": printed("0.7", percent=False), "recall": printed("0.7", percent=False)}),
        ClassRow("b", 2, {"f1": printed("0.4", percent=False)}),
        ClassRow("c", 4, {"precision": printed("0.6", percent=False)}),
    )
    table = PrintedTable(rows, {"accuracy": printed("0.6", percent=False), "f1_macro": printed("0.6", percent=False)})
    for how in ("half-up", "truncated", "mixed"):
        wanted = set()
        for matrix in matrices(supports):
            hits, said = np.diag(matrix), matrix.sum(axis=0)
            f1 = [Fraction(2 * int(h), s + int(p)) for h, s, p in zip(hits, supports, said, strict=True)]
            shares = [
                (Fraction(int(hits[0]), int(said[0]) or 1), rows[0].printed["precision"]),
                (Fraction(int(hits[0]), 3), rows[0].printed["recall"]),
                (f1[1], rows[1].printed["f1"]),
                (Fraction(int(hits[2]), int(said[2]) or 1), rows[2].printed["precision"]),
                (Fraction(int(hits.sum()), 9), table.totals["accuracy"]),
                (sum(f1, Fraction(0)) / 3, table.totals["f1_macro"]),
            ]
            if all(fits(share, number, how) for share, number in shares):
                wanted.add(tuple(zip(map(int, hits), map(int, said), strict=True)))
        got = [tuple((one.hits, one.predicted) for one in each) for each in solutions(table, how, list(table.totals))]
        assert len(got) == len(set(got))
        assert set(got) == wanted


def test_rows_possible_counts_triples() -> None:
    seen = set()
    for matrix in matrices((2, 3)):
        ratios = [(int(matrix[0, 0]), int(matrix[:, 0].sum())), (int(matrix[0, 0]), 2)]
        ratios.append((2 * int(matrix[0, 0]), 2 + int(matrix[:, 0].sum())))
        seen.add(tuple(int(Fraction(top, bottom or 1) * 10 + Fraction(1, 2)) for top, bottom in ratios))
    assert rows_possible(2, 5, 1) == len(seen)


def test_conflict_is_named() -> None:
    half, all_ = printed("0.50", percent=False), printed("1.00", percent=False)
    row = ClassRow("a", 2, {"recall": half})
    assert conflict(PrintedTable((row, ClassRow("b", 3, {"recall": half})))).endswith("row of class b")
    table = PrintedTable((row, ClassRow("b", 2, {"recall": half})), {"accuracy": all_})
    assert conflict(table) == "the class rows do not give the printed accuracy"
    halves = PrintedTable(table.rows, {"accuracy": half})
    assert conflict(halves) == ""
    assert {sum(each.hits for each in found) for found in some_solutions(halves, "mixed", ["accuracy"])} == {2}
