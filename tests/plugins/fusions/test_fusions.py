"""The built-in late fusions against values worked out on paper, scikit-learn, and what must hold for any probabilities."""

from __future__ import annotations

import importlib
import json
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from emobench import EmobenchError, Fusion
from tests.support.factories import random_probabilities

Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]

MODULES = ("average", "majority_vote", "max", "product", "stacking", "weighted_average")
FUSIONS: dict[str, Fusion] = {
    fusion.name: fusion
    for name in MODULES
    for fusion in importlib.import_module(f"emobench_plugins.fusions.{name}").emobench_fusions()
}
FIXED = [name for name, fusion in FUSIONS.items() if not fusion.learns]
LEARNING = [name for name, fusion in FUSIONS.items() if fusion.learns]
every_fixed = pytest.mark.parametrize("name", FIXED)
every_learning = pytest.mark.parametrize("name", LEARNING)


def members(m: int, n: int, k: int, seed: int = 0) -> Probabilities:
    return np.stack([random_probabilities(n, k, seed=100 * seed + number) for number in range(m)])


def knowing(labels: Labels, k: int, share: float, seed: int = 0) -> Probabilities:
    """Return a member that gives ``share`` of its probability to the truth, and deals the rest at random."""
    return share * np.eye(k)[labels] + (1 - share) * random_probabilities(len(labels), k, seed)


def random_labels(n: int, k: int, seed: int = 0) -> Labels:
    return np.random.default_rng(seed).integers(0, k, n)


def combine(name: str, *probabilities: list[list[float]]) -> Probabilities:
    return FUSIONS[name].combine(np.array(probabilities))


def close(actual: Any, expected: Any, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance)


def learn(name: str, probabilities: Probabilities, labels: Labels) -> dict[str, Any]:
    """Fit, and send what was learnt through JSON, as the record does."""
    learnt = FUSIONS[name].fit(probabilities, labels)
    stored: dict[str, Any] = json.loads(json.dumps(learnt, allow_nan=False))
    assert stored == learnt
    return stored


# ------------------------------------------------------------------------------------------------ any probabilities


def any_members() -> st.SearchStrategy[Probabilities]:
    """(m, n, k) float64 probabilities as the harness reads them back from float32."""

    def normalised(values: NDArray[np.float64]) -> Probabilities:
        values = values + (values.sum(axis=2, keepdims=True) == 0)
        stored: Probabilities = (values / values.sum(axis=2, keepdims=True)).astype(np.float32).astype(np.float64)
        return stored

    shapes = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(2, 7))
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=st.integers(0, 1000))).map(normalised)


@every_fixed
@given(probabilities=any_members())
@settings(deadline=None, max_examples=50)
def test_rows_are_probabilities(name: str, probabilities: Probabilities) -> None:
    fused = FUSIONS[name].combine(probabilities)
    assert fused.shape == probabilities.shape[1:]
    assert (fused >= 0).all()
    close(fused.sum(axis=1), 1, 1e-6)


@every_fixed
@given(probabilities=any_members())
@settings(deadline=None, max_examples=50)
def test_the_order_of_the_members_does_not_matter(name: str, probabilities: Probabilities) -> None:
    close(FUSIONS[name].combine(probabilities[::-1]), FUSIONS[name].combine(probabilities))


@pytest.mark.parametrize("name", ["average", "frame-average", "max"])
@given(member=any_members(), times=st.integers(1, 4))
@settings(deadline=None, max_examples=50)
def test_equal_members_give_the_member_back(name: str, member: Probabilities, times: int) -> None:
    close(FUSIONS[name].combine(np.repeat(member[:1], times, axis=0)), member[0], 1e-6)


@given(probabilities=any_members())
@settings(deadline=None, max_examples=200)
def test_more_votes_always_win_and_the_mean_breaks_ties(probabilities: Probabilities) -> None:
    fused = FUSIONS["majority-vote"].combine(probabilities)
    mean = probabilities.mean(axis=0)
    for row in range(fused.shape[0]):
        votes = [sum(int(np.argmax(member[row]) == c) for member in probabilities) for c in range(fused.shape[1])]
        for one, other in permutations(range(fused.shape[1]), 2):
            if votes[one] > votes[other] or (votes[one] == votes[other] and mean[row, one] > mean[row, other] + 1e-12):
                assert fused[row, one] > fused[row, other]


# --------------------------------------------------------------------------------------------------- on paper


@pytest.mark.parametrize("name", ["average", "frame-average"])
def test_average_by_hand(name: str) -> None:
    close(combine(name, [[0.6, 0.4]], [[0.1, 0.9]], [[0.2, 0.8]]), [[0.3, 0.7]])


def test_product_by_hand() -> None:
    close(combine("product", [[0.5, 0.3, 0.2]], [[0.2, 0.4, 0.4]]), [[10 / 30, 12 / 30, 8 / 30]])


def test_one_zero_rules_a_class_out_of_a_product() -> None:
    close(combine("product", [[0.0, 0.9, 0.1]], [[0.98, 0.01, 0.01]]), [[0, 0.9, 0.1]])


def test_product_where_every_class_has_a_zero_is_decided_by_the_rest() -> None:
    close(combine("product", [[0.75, 0.25, 0.0]], [[0.0, 0.0, 1.0]]), [[0.75 / 2, 0.25 / 2, 1 / 2]])


def test_product_where_every_class_has_a_zero_prefers_the_fewest() -> None:
    close(combine("product", [[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]), [[1, 0]])


def test_product_of_many_members_does_not_underflow() -> None:
    close(combine("product", *[[[0.001, 0.001, 0.998]], [[0.499, 0.499, 0.002]]] * 400), [[0, 0, 1]])


def test_max_by_hand() -> None:
    close(combine("max", [[0.5, 0.3, 0.2]], [[0.2, 0.4, 0.4]]), [[5 / 13, 4 / 13, 4 / 13]])


def test_majority_vote_by_hand() -> None:
    # Two votes to one, though the mean (0.4, 0.6) is for the second class; the mean is the fourth ballot.
    close(combine("majority-vote", [[0.55, 0.45]], [[0.6, 0.4]], [[0.05, 0.95]]), [[2.4 / 4, 1.6 / 4]])


def test_tied_votes_go_to_the_larger_mean() -> None:
    assert combine("majority-vote", [[0.6, 0.4, 0.0]], [[0.1, 0.7, 0.2]]).argmax() == 1


def test_a_member_in_doubt_votes_for_its_first_class() -> None:
    # Mean (0.4, 0.4, 0.2): both members vote for the first class, and one ballot is shared.
    close(combine("majority-vote", [[0.4, 0.4, 0.2]], [[0.4, 0.4, 0.2]]), [[2.4 / 3, 0.4 / 3, 0.2 / 3]])


def test_weights_are_applied_as_they_are_stored() -> None:
    probabilities = np.array([[[0.6, 0.4]], [[0.2, 0.8]]])
    close(FUSIONS["weighted-average"].combine(probabilities, weights=[0.75, 0.25]), [[0.5, 0.5]])


# ------------------------------------------------------------------------------------------ against scikit-learn


class Told(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier whose samples are row numbers of a given table of probabilities."""

    def __init__(self, probabilities: Probabilities) -> None:
        self.probabilities = probabilities

    def fit(self, x: Any, y: Any) -> Told:
        """Learn nothing but the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, x: NDArray[np.int64]) -> Probabilities:
        """Return the rows with these numbers."""
        return self.probabilities[x[:, 0]]

    def predict(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the most probable class of each row."""
        chosen: NDArray[np.int64] = self.predict_proba(x).argmax(axis=1)
        return chosen


def voting(probabilities: Probabilities, **settings: Any) -> tuple[VotingClassifier, NDArray[np.int64]]:
    _, n, k = probabilities.shape
    x = np.arange(n)[:, None]
    named = [(str(number), Told(table)) for number, table in enumerate(probabilities)]
    return VotingClassifier(named, **settings).fit(x, np.arange(n) % k), x


def test_average_is_the_soft_vote_of_scikit_learn() -> None:
    probabilities = members(3, 50, 7)
    ensemble, x = voting(probabilities, voting="soft")
    close(FUSIONS["average"].combine(probabilities), ensemble.predict_proba(x))


def test_weighted_average_is_the_weighted_soft_vote_of_scikit_learn() -> None:
    probabilities = members(3, 50, 7)
    ensemble, x = voting(probabilities, voting="soft", weights=[0.2, 0.7, 0.1])
    fused = FUSIONS["weighted-average"].combine(probabilities, weights=[0.2, 0.7, 0.1])
    close(fused, ensemble.predict_proba(x))


def test_majority_vote_is_the_hard_vote_of_scikit_learn_where_there_is_no_tie() -> None:
    probabilities = members(5, 200, 3)
    ensemble, x = voting(probabilities, voting="hard")
    counts = np.sort([np.bincount(row, minlength=3) for row in probabilities.argmax(axis=2).T], axis=1)
    clear = counts[:, -1] > counts[:, -2]
    assert 100 < clear.sum() < 200
    predicted = FUSIONS["majority-vote"].combine(probabilities).argmax(axis=1)
    np.testing.assert_array_equal(predicted[clear], ensemble.predict(x)[clear])


def regression(probabilities: Probabilities, labels: Labels, x: Probabilities) -> Probabilities:
    """Return what scikit-learn's logistic regression predicts for ``x``, its columns built one by one."""

    def table(some: Probabilities) -> Probabilities:
        m, _, k = some.shape
        return np.column_stack([np.log(some[member, :, c]) for member in range(m) for c in range(k)])

    predicted: Probabilities = (
        LogisticRegression(max_iter=10_000).fit(table(probabilities), labels).predict_proba(table(x))
    )
    return predicted


@pytest.mark.parametrize("k", [2, 3, 7])
def test_stacking_is_scikit_learns_regression(k: int) -> None:
    labels = random_labels(120, k)
    validation = np.stack([knowing(labels, k, 0.3, seed=1), random_probabilities(120, k, seed=2)])
    validation, test = np.maximum(validation, 1e-4), np.maximum(members(2, 40, k, seed=3), 1e-4)
    fused = FUSIONS["stacking"].combine(test, **learn("stacking", validation, labels))
    close(fused, regression(validation, labels, test))


@pytest.mark.parametrize("present", [(1, 3), (0, 2, 3)])
def test_stacking_gives_a_class_without_validation_samples_no_probability(present: tuple[int, ...]) -> None:
    labels = np.array(present)[random_labels(90, len(present))]
    validation, test = np.maximum(members(2, 90, 4), 1e-4), np.maximum(members(2, 30, 4, seed=1), 1e-4)
    learnt = learn("stacking", validation, labels)
    assert learnt["classes"] == list(present)
    fused = FUSIONS["stacking"].combine(test, **learnt)
    close(fused[:, present], regression(validation, labels, test))
    close(fused.sum(axis=1), 1)


def test_stacking_stays_finite_with_zeros() -> None:
    labels = random_labels(60, 3)
    certain = np.stack([np.eye(3)[labels], np.eye(3)[random_labels(60, 3, seed=1)]])
    fused = FUSIONS["stacking"].combine(certain, **learn("stacking", certain, labels))
    assert np.isfinite(fused).all()
    np.testing.assert_array_equal(fused.argmax(axis=1), labels)


def test_stacking_learns_that_a_member_mistakes_one_class_for_another() -> None:
    labels = random_labels(300, 3)
    swapped = np.array([1, 0, 2])[labels]
    validation = knowing(swapped, 3, 0.5)[None]
    fused = FUSIONS["stacking"].combine(validation, **learn("stacking", validation, labels))
    assert (FUSIONS["average"].combine(validation).argmax(axis=1) == labels).mean() < 0.5
    assert (fused.argmax(axis=1) == labels).mean() > 0.9


@pytest.mark.parametrize("n", [0, 5])
def test_stacking_refuses_fewer_than_two_classes(n: int) -> None:
    with pytest.raises(EmobenchError, match=f"at least two classes, and there are {min(n, 1)}; use a protocol"):
        FUSIONS["stacking"].fit(members(2, n, 3), np.full(n, 2))


# ---------------------------------------------------------------------------------------------------- the weights


def weights_of(probabilities: Probabilities, labels: Labels) -> NDArray[np.float64]:
    return np.array(learn("weighted-average", probabilities, labels)["weights"])


def test_weights_by_hand() -> None:
    # One member is right three times out of four, the other once, and they are as sure as can be: the loss of weights
    # (w, 1 - w) is -(3 log w + log(1 - w)) / 4, which is least at w = 3/4.
    right = np.array([[1.0, 0.0]])
    wrong = np.array([[0.0, 1.0]])
    probabilities = np.stack([np.concatenate([right] * 3 + [wrong]), np.concatenate([wrong] * 3 + [right])])
    close(weights_of(probabilities, np.zeros(4, dtype=np.int64)), [0.75, 0.25], 1e-6)


def test_a_perfect_member_gets_all_the_weight_beside_a_useless_one() -> None:
    labels = random_labels(100, 7)
    assert weights_of(np.stack([np.full((100, 7), 1 / 7), np.eye(7)[labels]]), labels).tolist() == [0, 1]


def test_the_better_member_gets_the_larger_weight() -> None:
    labels = random_labels(300, 7)
    worse, better = knowing(labels, 7, 0.2, seed=1), knowing(labels, 7, 0.4, seed=2)
    first, second = weights_of(np.stack([worse, better]), labels)
    assert first < 0.3
    assert second > 0.7


def test_equal_members_share_their_weight() -> None:
    labels = random_labels(80, 4)
    member = knowing(labels, 4, 0.3)
    close(weights_of(np.stack([member] * 3), labels), 1 / 3, 1e-6)


def problem(m: int, k: int, seed: int) -> tuple[Probabilities, Labels]:
    labels = random_labels(150, k, seed)
    shares = np.random.default_rng(seed).uniform(0, 0.6, m)
    return np.stack([knowing(labels, k, share, seed=10 * seed + i) for i, share in enumerate(shares)]), labels


problems = pytest.mark.parametrize(("m", "k", "seed"), [(2, 2, 1), (2, 7, 2), (3, 7, 3), (6, 4, 4)])


@problems
def test_weights_sum_to_one_and_follow_their_members(m: int, k: int, seed: int) -> None:
    probabilities, labels = problem(m, k, seed)
    weights = weights_of(probabilities, labels)
    assert (weights >= 0).all()
    close(weights.sum(), 1, 1e-6 * m)
    close(weights_of(probabilities[::-1], labels), weights[::-1], 1e-4)
    assert weights.tolist() == weights_of(probabilities, labels).tolist()


@problems
def test_no_other_weights_have_a_smaller_loss(m: int, k: int, seed: int) -> None:
    probabilities, labels = problem(m, k, seed)

    def loss(weights: NDArray[np.float64]) -> float:
        return float(log_loss(labels, np.einsum("i,ijk->jk", weights, probabilities), labels=range(k)))

    found = weights_of(probabilities, labels)
    best = loss(found / found.sum())
    generator = np.random.default_rng(seed)
    others = [*np.eye(m), np.full(m, 1 / m), *generator.dirichlet(np.ones(m), 100)]
    nearby = [0.99 * found / found.sum() + 0.01 * other for other in others]
    assert best <= min(map(loss, [*others, *nearby])) + 1e-8


@pytest.mark.parametrize("n", [1, 2])
def test_weights_from_very_few_samples_are_finite(n: int) -> None:
    probabilities = np.array([[[0.6, 0.4]] * n, [[0.9, 0.1]] * n])
    assert weights_of(probabilities, np.zeros(n, dtype=np.int64)).tolist() == [0, 1]


def test_weights_from_no_sample_are_equal() -> None:
    close(weights_of(members(4, 0, 3), np.zeros(0, dtype=np.int64)), 0.25)


def test_weights_where_all_members_are_surely_wrong_are_equal() -> None:
    probabilities = np.array([[[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]])
    close(weights_of(probabilities, np.zeros(1, dtype=np.int64)), 0.5)


def test_a_search_that_fails_is_reported() -> None:
    probabilities = np.array([[[np.nan, 0.5]], [[0.5, 0.5]]])
    with pytest.raises(EmobenchError, match="no weights found"):
        FUSIONS["weighted-average"].fit(probabilities, np.zeros(1, dtype=np.int64))


# ------------------------------------------------------------------------------------------- all that learn


@every_learning
def test_what_was_learnt_gives_probabilities_for_other_samples(name: str) -> None:
    probabilities, labels = problem(3, 5, 6)
    fused = FUSIONS[name].combine(members(3, 20, 5, seed=7), **learn(name, probabilities, labels))
    assert fused.shape == (20, 5)
    assert (fused >= 0).all()
    close(fused.sum(axis=1), 1)


@every_learning
def test_learning_helps_against_a_misleading_member(name: str) -> None:
    """The loss on other samples is smaller than that of the plain average."""
    k = 4

    def part(seed: int) -> tuple[Probabilities, Labels]:
        labels = random_labels(200, k, seed)
        return np.stack([knowing(labels, k, 0.5, seed), random_probabilities(200, k, seed + 1)]), labels

    learnt = learn(name, *part(10))
    test, truth = part(20)

    def loss(fused: Probabilities) -> float:
        return float(log_loss(truth, fused, labels=range(k)))

    assert loss(FUSIONS[name].combine(test, **learnt)) < loss(FUSIONS["average"].combine(test)) - 0.05
