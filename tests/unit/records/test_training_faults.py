"""Training that failed: what is found from a record, in which words, and what is left alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.stats import chi2_contingency

from emobench.contracts.model import Epoch
from emobench.records.cell import Cell
from emobench.records.identity import Component
from emobench.records.record import ClassScores, PartCount, Record, Scores
from emobench.records.run_folder import read_records
from emobench.records.training_faults import (
    ConstantPrediction,
    Diverged,
    LossAboveChance,
    NoBetterThanChance,
    TrainingFault,
    constant_prediction,
    remedies,
    training_faults,
)
from tests import ROOT
from tests.support.factories import CLASSES, cell, failed, identity, record

LN_3 = math.log(3)
CONSTANT = ((0, 30, 0), (0, 50, 0), (0, 20, 0))
GUESSED = ((10, 15, 5), (16, 25, 9), (7, 10, 3))
DROPOUT = ((2.981, 0.485), (1.146, 0.54), (0.904, 0.583), (0.915, 0.587))
DROPOUT_TEST = ((0, 0, 35), (0, 50, 158), (0, 26, 321))
VGG_16 = ((1.033, 0.503), (0.892, 0.553), (0.889, 0.553), (0.892, 0.553))
EFFICIENT = ((3.653, 0.356), (1.893, 0.459), (1.628, 0.457), (1.734, 0.494))
EFFICIENT_TEST = ((0, 0, 35), (0, 5, 203), (0, 20, 327))
"""Published rows: loss and accuracy in training by epoch, and the confusion matrix."""
GOOD = ((25, 3, 2), (4, 40, 6), (2, 3, 15))

WORDS: dict[str, TrainingFault] = {
    "training diverged: the loss of the last epoch is 4e+14, that of guessing 1.099": Diverged(
        loss=4e14, lowest=3.0, chance=LN_3
    ),
    "the training loss never fell to that of guessing: 1.628 at best, 1.099 by guessing": LossAboveChance(
        loss=1.6276, chance=LN_3
    ),
    "every prediction is neutral": ConstantPrediction(label="neutral"),
    "fold YAF: every prediction is angry": ConstantPrediction(label="angry").within("YAF"),
    "no epoch was clearly better than chance: training accuracy at most 0.248, where always saying happy would have 0.245 "
    "of the tested part": NoBetterThanChance(accuracy=0.2477, chance=0.2449, label="happy"),
}


def trained(
    confusion: Sequence[Sequence[int]],
    epochs: Sequence[tuple[float, float]] = (),
    *,
    of: Cell | None = None,
    **changes: Any,
) -> Record:
    """A finished record with a confusion matrix, and the loss and accuracy of each epoch."""
    matrix = np.asarray(confusion)
    per_class = tuple(
        ClassScores(label=label, precision=0, recall=0, f1=0, support=int(support), predicted=int(predicted))
        for label, support, predicted in zip(CLASSES, matrix.sum(axis=1), matrix.sum(axis=0), strict=True)
    )
    found = Scores(n=int(matrix.sum()), metrics={}, per_class=per_class, confusion=tuple(map(tuple, matrix.tolist())))
    history = tuple(Epoch(n, len(epochs), loss, accuracy, {}, 1.0) for n, (loss, accuracy) in enumerate(epochs, 1))
    counts = {"train": PartCount(attempted=400, dropped=0)}
    return record(of, **({"scores": {"test": found}, "history": history, "counts": counts} | changes))


def kinds(of: Record) -> list[str]:
    return [fault.kind for fault in training_faults(of)]


def test_every_kind_has_its_words_and_says_what_to_do() -> None:
    assert {words: str(one) for words, one in WORDS.items()} == {words: words for words in WORDS}
    union, _ = get_args(TrainingFault)
    assert {type(one) for one in WORDS.values()} == set(get_args(union))
    assert all(one.remedy for one in WORDS.values())
    assert remedies([Diverged(loss=9, lowest=1, chance=1), Diverged(loss=8, lowest=1, chance=1)]) == Diverged.remedy
    assert remedies(()) == ""


def test_json_has_the_values() -> None:
    adapter = TypeAdapter[TrainingFault](TrainingFault)
    assert all(adapter.validate_json(adapter.dump_json(one)) == one for one in WORDS.values())
    known = WORDS["fold YAF: every prediction is angry"]
    assert adapter.dump_python(known, mode="json") == {"fold": "YAF", "kind": "constant", "label": "angry"}


@pytest.mark.parametrize(
    ("losses", "found"),
    [
        ([4e14], ["diverged"]),  # case 25, in its first epoch
        ([1.2, 50.0, 4e14], ["diverged"]),
        ([3.0, 0.9, 2.0], ["diverged"]),  # more than twice its lowest, and beyond ln 3
        ([2.7, 1.2, 0.9], []),  # begins high, as networks without normalisation of their input do
        ([2.7], []),  # the mean of a first epoch has the beginning in it
        ([0.1, 0.5], []),  # unsteady, and far below chance
        ([1.0, 1.05, 1.12], []),
    ],
)
def test_loss_that_grows_beyond_chance(losses: list[float], found: list[str]) -> None:
    assert kinds(trained(GOOD, [(loss, 0.9) for loss in losses])) == found


def test_loss_that_stays_above_chance() -> None:
    (fault,) = training_faults(trained(GOOD, [(3.7, 0.36), (1.6, 0.4), (1.7, 0.4)]))
    assert fault == LossAboveChance(loss=1.6, chance=LN_3)
    # A loss of another kind may never come near ln k; what is right in training shows that it learns.
    assert kinds(trained(GOOD, [(3.7, 0.6), (1.6, 0.9)])) == []


def test_predictions_of_one_class() -> None:
    assert training_faults(trained(CONSTANT)) == (ConstantPrediction(label="happy"),)
    assert kinds(trained(CONSTANT, [(1.0, 0.5), (1.0, 0.51)])) == ["constant", "chance"]
    assert kinds(trained(CONSTANT, [(0.4, 0.9)])) == ["constant"]  # it learnt what it was trained on


def test_an_estimator_without_epochs_is_judged_by_its_predictions_alone() -> None:
    assert kinds(trained(GOOD)) == []
    assert kinds(trained(GUESSED)) == []


def test_no_epoch_better_than_chance() -> None:
    (fault,) = training_faults(trained(GUESSED, [(1.09, 0.48), (1.08, 0.55)]))
    assert fault == NoBetterThanChance(accuracy=0.55, chance=0.5, label="happy")
    # Three standard errors of a half, of 400 samples, are 0.075.
    assert kinds(trained(GUESSED, [(1.0, 0.574)])) == ["chance"]
    assert kinds(trained(GUESSED, [(1.0, 0.576)])) == []
    assert kinds(trained(GUESSED, [(1.0, 0.576)], counts={"train": PartCount(attempted=300, dropped=0)})) == ["chance"]
    assert kinds(trained(GOOD, [(1.08, 0.5)])) == []  # dropout: worse in training than in the test


def test_whether_predictions_depend_on_the_truth_is_the_chi_squared_test() -> None:
    generator = np.random.default_rng(0)
    for _ in range(50):
        confusion = generator.multinomial(200, generator.dirichlet(np.full(9, 3.0))).reshape(3, 3)
        commonest = float(confusion.sum(axis=1).max()) / 200
        guessed = chi2_contingency(confusion, correction=False).pvalue > 0.001
        assert kinds(trained(confusion.tolist(), [(1.0, commonest)])) == (["chance"] if guessed else [])


def test_too_few_samples_or_classes_say_nothing() -> None:
    few = ((0, 3, 0), (0, 20, 0), (0, 6, 0))
    assert kinds(trained(few, [(1.0, 0.5)])) == []
    assert constant_prediction(trained(few)) == ConstantPrediction(label="happy")
    assert constant_prediction(trained(((0, 0, 0), (0, 1, 0), (0, 0, 0)))) is None
    assert kinds(trained(((0, 0, 0), (0, 99, 0), (0, 0, 0)), [(1.0, 0.5)])) == []  # only this class is tested


@pytest.mark.parametrize(
    "what",
    [
        {"trained": "0123456789abcdef"},
        {"folds": ("0123456789abcdef",)},
        {"model": None, "schedule": None, "fusion": Component(name="average"), "members": ("0123456789abcdef",)},
        {"schedule": None},
    ],
    ids=["applied", "folds", "fusion", "elsewhere"],
)
def test_what_trains_nothing_has_no_fault_of_training(what: dict[str, Any]) -> None:
    one = trained(CONSTANT, of=cell(what=identity(**what)))
    assert training_faults(one) == ()
    assert constant_prediction(one) == ConstantPrediction(label="happy")


def test_faults_of_folds_are_those_of_their_row() -> None:
    folds = [trained(GOOD, of=cell(fold="A")), trained(CONSTANT, of=cell(fold="B"))]
    pooled = trained(GOOD, of=cell(what=identity(folds=("0123456789abcdef",))))
    assert training_faults(pooled, folds) == (ConstantPrediction(label="happy", fold="B"),)


def test_a_failed_cell_has_none() -> None:
    assert training_faults(failed()) == ()
    assert constant_prediction(failed()) is None


@pytest.mark.parametrize(
    ("name", "trained_on", "epochs", "confusion", "found"),
    [
        ("b.table2.vgg16", 1500, VGG_16, ((0, 0, 35), (0, 0, 208), (0, 0, 347)), ["constant", "chance"]),
        ("b.table2.efficientnet-v2-m", 1500, EFFICIENT, EFFICIENT_TEST, ["loss above chance", "chance"]),
        ("b.ablation.dropout", 600, DROPOUT, DROPOUT_TEST, []),
    ],
)
def test_published_figures(name: str, trained_on: int, epochs: Any, confusion: Any, found: list[str]) -> None:
    one = trained(confusion, epochs, counts={"train": PartCount(attempted=trained_on, dropped=0)})
    assert kinds(one) == found, name


def test_published_rows_that_learnt_raise_no_alarm() -> None:
    for one in read_records(ROOT / "leaderboards"):
        scores, found = one.scores[one.cell.headline], kinds(one)
        confusion = np.asarray(scores.confusion)
        present = confusion[confusion.sum(axis=1) > 0][:, confusion.sum(axis=0) > 0]
        nothing_trained = one.cell.identity.trained or one.cell.identity.fusion or scores.n < 30
        if nothing_trained or (present.shape[1] > 1 and chi2_contingency(present, correction=False).pvalue < 0.001):
            assert found == [], one.cell.experiment
        elif present.shape[1] == 1:
            assert "constant" in found, one.cell.experiment
