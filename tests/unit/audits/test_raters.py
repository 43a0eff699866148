"""How many raters voted, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from emobench.audits.raters import nominal_alpha
from emobench.contracts.protocol import Split
from emobench.contracts.target import Target
from emobench.records.audit_report import AuditFinding, AuditReport
from tests.support.audited import LABELS, Planted, audited, index

TARGET = Target("votes", "distribution", LABELS)
AGREED = (3, 1, 0)


def voted(*odd: Sequence[float]) -> tuple[pd.DataFrame, Split]:
    """Return six samples to train on and three to test; some have votes of their own, the others three to one."""
    samples, split = index({"train": 6, "test": 3})
    votes = [*odd, *[np.roll(AGREED, place) for place in range(len(samples) - len(odd))]]
    for name, column in zip(LABELS, np.array(votes, dtype=float).T, strict=True):
        samples[f"true_{name}"] = column
    return samples, split


def raters_of(*odd: Sequence[float]) -> AuditReport:
    return audited(Planted("image", {}), *voted(*odd), "raters", target=TARGET)


def first(*odd: Sequence[float]) -> AuditFinding:
    return raters_of(*odd).findings[0]


def test_raters_of_a_sample_are_counted() -> None:
    finding = first((9, 1, 0), (1, 1, 1))
    assert (finding.severity, finding.part, finding.count) == ("note", "", 9)
    known = {name: finding.numbers[name] for name in ("raters_least", "raters_median", "raters_most")}
    assert known == {"raters_least": 3, "raters_median": 4, "raters_most": 10}
    assert "3 at least, 4 in the median, 10 at most" in finding.what


def test_ties_are_a_share_of_the_samples() -> None:
    assert first((2, 2, 0), (1, 1, 1), (0, 3, 3)).numbers["ties"] == pytest.approx(3 / 9)


def test_samples_with_one_rater_are_a_warning_of_their_part() -> None:
    (warning,) = [each for each in raters_of((1, 0, 0), (0, 0, 1)).findings if each.severity == "warning"]
    assert (warning.part, warning.count, warning.examples) == ("train", 2, ("train-000", "train-001"))


def test_alpha_is_a_number_of_the_report() -> None:
    samples, _ = voted()
    (alpha,) = [each.numbers["alpha"] for each in raters_of().findings if "alpha" in each.numbers]
    assert alpha == pytest.approx(by_pairs(samples[[f"true_{name}" for name in LABELS]].to_numpy()))


def test_alpha_is_not_asked_where_all_votes_are_for_one_class() -> None:
    assert [each.numbers.get("alpha") for each in raters_of(*[(4, 0, 0)] * 9).findings] == [None]


def test_samples_with_one_rater_say_nothing_of_agreement() -> None:
    (finding,) = [each for each in raters_of((1, 0, 0)).findings if "alpha" in each.numbers]
    assert finding.count == 8


def test_votes_that_are_shares_are_not_counted() -> None:
    report = raters_of((0.5, 0.5, 0))
    assert report.findings == ()
    assert "the votes are shares" in report.not_run["raters"]


@pytest.mark.parametrize("seed", range(3))
def test_alpha_is_that_of_all_pairs_of_votes(seed: int) -> None:
    random = np.random.default_rng(seed)
    votes = random.multinomial(random.integers(2, 8, 12), (0.5, 0.3, 0.15, 0.05)).astype(float)
    assert nominal_alpha(votes) == pytest.approx(by_pairs(votes), abs=1e-12)


def test_alpha_of_raters_who_always_agree_is_one() -> None:
    assert nominal_alpha(np.array([[3.0, 0.0], [0.0, 5.0]])) == pytest.approx(1)


def by_pairs(votes: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Return 1 minus the disagreement of votes on one sample over that of any two votes, pair by pair."""
    samples = [[name for name, count in enumerate(row) for _ in range(int(count))] for row in votes]
    whole = [vote for sample in samples for vote in sample]
    observed = sum(
        sum(one != other for one, other in permutations(sample, 2)) / (len(sample) - 1) for sample in samples
    )
    expected = sum(one != other for one, other in permutations(whole, 2)) / (len(whole) - 1)
    return 1 - observed / expected
