"""A rater against the others, against a count written here."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from sklearn.metrics import recall_score

from emobench.scoring.raters import human_ceiling


def test_a_rater_is_compared_with_the_majority_of_the_others() -> None:
    votes = np.random.default_rng(0).multinomial(7, [0.5, 0.3, 0.2], size=40)
    # With 7 raters of 3 classes the others can be even: each class at the top is then the truth of a part of the sample.
    truth, said, weight = [], [], []
    for row in votes:
        raters = list(chain.from_iterable([place] * number for place, number in enumerate(row)))
        for rater, own in enumerate(raters):
            others = np.bincount(raters[:rater] + raters[rater + 1 :], minlength=3)
            top = np.flatnonzero(others == others.max())
            truth += list(top)
            said += [own] * len(top)
            weight += [1 / len(raters) / len(top)] * len(top)
    found = human_ceiling(votes.astype(float))
    right = np.asarray(truth) == np.asarray(said)
    assert found["accuracy"] == pytest.approx(np.average(right, weights=weight))
    assert found["balanced_accuracy"] == pytest.approx(recall_score(truth, said, sample_weight=weight, average="macro"))


def test_raters_who_always_agree_are_right() -> None:
    assert human_ceiling(np.array([[5.0, 0], [0, 2], [3, 0]]))["accuracy"] == 1


@pytest.mark.parametrize("votes", [[[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
def test_without_two_raters_that_can_be_counted_there_is_no_ceiling(votes: list[list[float]]) -> None:
    assert human_ceiling(np.array(votes)) == {}
