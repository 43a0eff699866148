"""Training that failed, told from a record alone: a value of its own type for each way in which it does.

Code looks at the values. ``str(fault)`` is the only rendering in words, and ``fault.remedy`` says what to do next. A new kind
is a class with a ``kind`` of its own, a member of :data:`TrainingFault`, and a rule in :func:`training_faults`.

A record holds the loss and the accuracy of each epoch in training, and how the samples of the headline part were classified.
It does not hold how often each class is trained on; the share of the commonest class of the headline part stands for it, with
a margin of three standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field

from emobench.records.external_cells import is_external
from emobench.records.frozen import Frozen
from emobench.records.record import Record, Scores

FEWEST_JUDGED = 30
"""With fewer samples in the headline part, predictions of one class may be chance."""
FAR = 10.0
"""A loss of so many times the logarithm of the number of classes is no beginning of training, even in a first epoch."""
GROWN = 2.0
"""A loss beyond chance that is so many times the lowest one has grown."""
_STANDARD_ERRORS = 3.0
_P = 0.001


class _TrainingFault(Frozen):
    """What all kinds have in common.

    Attributes:
        fold: the fold whose model it is, of a row that puts folds together.
        words: the fields of a kind as a format string.
        remedy: what to try next, in a few words.
    """

    model_config = ConfigDict(allow_inf_nan=False)
    words: ClassVar[str]
    remedy: ClassVar[str]

    fold: str = ""

    def within(self, fold: str) -> Self:
        """Return the fault as one of a row that puts folds together."""
        return self.model_copy(update={"fold": fold})

    def __str__(self) -> str:
        said = self.words.format(**dict(self))
        return f"fold {self.fold}: {said}" if self.fold else said


class Diverged(_TrainingFault):
    """The training loss grew beyond what guessing gives, or is far beyond it.

    Attributes:
        loss: mean of the last epoch.
        lowest: of all epochs.
        chance: the loss of guessing all k classes alike, ln k nats.
    """

    words = "training diverged: the loss of the last epoch is {loss:.4g}, that of guessing {chance:.4g}"
    remedy = "lower the learning rate"
    kind: Literal["diverged"] = "diverged"
    loss: float
    lowest: float
    chance: float


class LossAboveChance(_TrainingFault):
    """In no epoch was the training loss as low as that of guessing all classes alike.

    Attributes:
        loss: the lowest of all epochs.
        chance: ln k nats.
    """

    words = "the training loss never fell to that of guessing: {loss:.4g} at best, {chance:.4g} by guessing"
    remedy = "train longer, or lower the learning rate"
    kind: Literal["loss above chance"] = "loss above chance"
    loss: float
    chance: float


class ConstantPrediction(_TrainingFault):
    """Every sample of the headline part is predicted to be of one class."""

    words = "every prediction is {label}"
    remedy = "train longer, try another learning rate, or a model with normalisation or pretrained weights"
    kind: Literal["constant"] = "constant"
    label: str


class NoBetterThanChance(_TrainingFault):
    """No epoch was clearly better than always naming the commonest class, nor do predictions depend on the true class.

    Attributes:
        accuracy: the best in training, of all epochs.
        chance: the share of the commonest class of the headline part.
        label: this class.
    """

    words = (
        "no epoch was clearly better than chance: training accuracy at most {accuracy:.3f}, where always saying {label} "
        "would have {chance:.3f} of the tested part"
    )
    remedy = ConstantPrediction.remedy
    kind: Literal["chance"] = "chance"
    accuracy: float
    chance: float
    label: str


TrainingFault = Annotated[
    Diverged | LossAboveChance | ConstantPrediction | NoBetterThanChance, Field(discriminator="kind")
]
"""Any fault of training; JSON tells them apart by ``kind``."""


def remedies(faults: Iterable[TrainingFault]) -> str:
    """Return what to do next about faults, each remedy once; empty for none."""
    return "; ".join(dict.fromkeys(fault.remedy for fault in faults))


def constant_prediction(record: Record) -> ConstantPrediction | None:
    """Return the one class that every sample of the headline part is predicted to be; ``None`` where several are predicted.

    Of a row that trains nothing (an applied model, an ablation, a fusion) this is a fact, and no fault of training.
    """
    scores = _headline(record)
    predicted = [sum(column) for column in zip(*scores.confusion, strict=True)] if scores else []
    found = [label for label, number in zip(record.cell.identity.classes, predicted, strict=False) if number]
    return ConstantPrediction(label=found[0]) if len(found) == 1 and sum(predicted) > 1 else None


def training_faults(record: Record, folds: Iterable[Record] = ()) -> tuple[TrainingFault, ...]:
    """Return what shows that training failed.

    Losses are taken for cross-entropies in nats, which the shared training loop reports. A loss that is not finite fails the
    cell already. A model without epochs (an estimator of scikit-learn, say) can only be found to predict one class.

    Args:
        record: of any cell; one that failed, or trains nothing itself, has no fault of its own.
        folds: of a row that puts folds together, their records, whose faults are the row's.
    """
    own = tuple(_faults(record)) if _trains(record) else ()
    return (*own, *(fault.within(fold.cell.fold) for fold in folds for fault in training_faults(fold)))


def _trains(record: Record) -> bool:
    identity = record.cell.identity
    trained_elsewhere = (
        identity.fusion or identity.folds or identity.trained or identity.fitted_on or is_external(identity)
    )
    return record.status == "finished" and not trained_elsewhere


def _headline(record: Record) -> Scores | None:
    return record.scores.get(record.cell.headline) if record.status == "finished" else None


def _faults(record: Record) -> Iterator[TrainingFault]:
    if record.cell.identity.kind == "values":  # there is no loss, nor a class, of guessing
        return
    scores = _headline(record)
    judged = scores is not None and scores.n >= FEWEST_JUDGED and sum(one.support > 0 for one in scores.per_class) > 1
    learnt = scores is not None and _learnt_in_training(record, scores)
    yield from _of_loss(record, learnt)
    constant = constant_prediction(record)
    if judged and constant:
        yield constant
    if scores is not None and judged and record.history and not learnt and _independent(scores):
        commonest = max(scores.per_class, key=lambda one: one.support)
        best = max(epoch.accuracy or 0.0 for epoch in record.history)
        yield NoBetterThanChance(accuracy=best, chance=commonest.support / scores.n, label=commonest.label)


def _of_loss(record: Record, learnt: bool) -> Iterator[TrainingFault]:
    losses = [epoch.loss for epoch in record.history]
    chance = math.log(len(record.cell.identity.classes))
    if not losses or chance == 0:
        return
    last, lowest = losses[-1], min(losses)
    if last > FAR * chance or last > max(chance, GROWN * lowest):
        yield Diverged(loss=last, lowest=lowest, chance=chance)
    elif lowest > chance and len(losses) > 1 and not learnt:  # the mean of a first epoch has the beginning in it
        yield LossAboveChance(loss=lowest, chance=chance)


def _learnt_in_training(record: Record, scores: Scores) -> bool:
    """Tell whether an epoch got more training samples right than the commonest class of the headline part would."""
    commonest = max(one.support for one in scores.per_class) / scores.n
    count = record.counts.get("train")
    trained = count.attempted - count.dropped if count else 0
    error = math.sqrt(commonest * (1 - commonest) / max(trained, 1))
    return any((epoch.accuracy or 0.0) > commonest + _STANDARD_ERRORS * error for epoch in record.history)


def _independent(scores: Scores) -> bool:
    """Tell whether the predicted class does not depend on the true one, by the chi-squared test of the confusion matrix."""
    import numpy as np
    from scipy.stats import chi2_contingency

    confusion: Any = np.asarray(scores.confusion)
    present = confusion[confusion.sum(axis=1) > 0][:, confusion.sum(axis=0) > 0]
    return min(present.shape) < 2 or float(chi2_contingency(present, correction=False).pvalue) > _P
