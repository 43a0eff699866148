"""What arithmetic says of the papers."""

from __future__ import annotations

import pytest
from sklearn.metrics import precision_recall_fscore_support

from emobench.claims.arithmetic import Arithmetic, check_claims
from emobench.claims.confusion_search import (
    ClassRow,
    options,
)
from emobench.claims.ledger import Ledger
from emobench.claims.rounding import printed
from emobench.suites.schema import Suite
from tests.support.claims import A2, papers


@pytest.fixture(scope="module")
def suite() -> Suite:
    return papers()[0]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return papers()[1]


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Arithmetic]:
    return {claim.place: one for claim, one in zip(ledger.claims, check_claims(ledger), strict=True)}


def test_table_2_of_paper_a_is_one_confusion_matrix(ledger: Ledger, found: dict[str, Arithmetic]) -> None:
    """The counts that the search finds give, through scikit-learn's own formulas, every number of the table."""
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in A2.splitlines()}
    pairs: list[tuple[int, int]] = []
    supports: list[int] = []
    for name in map(str, range(7)):
        *values, support = rows[name]
        told = {
            key: printed(value, percent=False) for key, value in zip(("precision", "recall", "f1"), values, strict=True)
        }
        (only,) = options(ClassRow(name, int(support), told), 250, "nearest")
        assert only.predicted is not None
        pairs.append((only.hits, only.predicted))
        supports.append(int(support))
    assert sum(predicted for _, predicted in pairs) == sum(supports) == 250
    assert sum(hits for hits, _ in pairs) == 163
    truth, said = spread(pairs, supports)
    for how in ("macro", "weighted"):
        ratios = precision_recall_fscore_support(truth, said, average=how)[:3]
        assert [f"{ratio:.2f}" for ratio in ratios] == rows[f"{how} avg"][:3]
    assert {one.status for place, one in found.items() if place.startswith("paper A, Table 2")} == {"possible"}


def spread(pairs: list[tuple[int, int]], supports: list[int]) -> tuple[list[int], list[int]]:
    """Return labels and predictions with these (hits, predicted) and supports; where misses go changes no ratio."""
    right = [place for place, (hits, _) in enumerate(pairs) for _ in range(hits)]
    missed = [place for place, (hits, _) in enumerate(pairs) for _ in range(supports[place] - hits)]
    false = [place for place, (hits, predicted) in enumerate(pairs) for _ in range(predicted - hits)]
    for shift in range(len(false)):
        turned = false[shift:] + false[:shift]
        if all(one != other for one, other in zip(missed, turned, strict=True)):
            return right + missed, right + turned
    raise AssertionError("no such matrix")


@pytest.mark.parametrize(
    ("place", "sizes", "excluded"),
    [
        ("paper A, Table 1, Resnet18 (/, /), Test accuracy", (3589, 7178), ()),
        ("paper B, Table 4, MLF-W-FER & TESS, Accuracy", (1213,), (1155,)),
        ("paper B, Table 4, MLF-W-FER & CREMA-D, Accuracy", (1155,), (1213,)),
        ("paper B, section 5, ablation, dropout, accuracy", (1155,), (1213,)),
    ],
)
def test_sizes_that_a_number_allows(
    found: dict[str, Arithmetic], place: str, sizes: tuple[int, ...], excluded: tuple[int, ...]
) -> None:
    assert (found[place].sizes, found[place].excluded) == (sizes, excluded)


def test_single_model_of_paper_b_contradicts_its_accuracy(found: dict[str, Arithmetic]) -> None:
    """Sums: 55.5, 56.5 and 53.5% at least of 644, 416 and 95 are 358 + 236 + 51 = 645, and 55.6% of 1,155 at most 643."""
    place = "paper B, section 5, single model, positive, accuracy"
    alone = [check.status for check in found[place].checks if check.what == "recall of its class"]
    assert set(alone) == {"possible"}
    assert found[place].status == "impossible"
    assert found["paper B, Table 2, VGG-16, Accuracy"].status == "possible"


def test_average_without_a_matrix_has_no_condition(found: dict[str, Arithmetic]) -> None:
    assert found["paper A, Table 3, audio model, percision"].status == "no condition"
