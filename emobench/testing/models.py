"""What every model must keep to; it is fitted on a few samples of a twin, as the harness does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from emobench.contracts import Model, Ragged, Samples, Schedule
from emobench.models import predicted
from emobench.plugins import describe
from emobench.scoring import SUM_TOLERANCE
from emobench.testing import other_process, state
from emobench.testing.arrays import require_alike, require_distributions, require_finite, unchanged
from emobench.testing.contract import Breach, Contracts, NotApplicable
from emobench.testing.model_subject import (
    CLASSES,
    OTHER_SEED,
    QUICK,
    SEED,
    TRAINING,
    ModelSubject,
    Trial,
    arrays,
    beside_longer,
    copied,
    subset,
    with_others_changed,
)

_SAME = 1e-6
"""How far apart probabilities may be that come from the same computation; they are stored as float32."""

_ALIKE = 1e-3
"""How far apart they may be where the batches are others: convolutions then sum in another order."""

_PADDED = 1e-5
"""How far apart they may be where the zeros behind a sequence are more."""

_SCHEDULES = tuple(
    Schedule(epochs=epochs, batch_size=8, learning_rate=rate)
    for epochs, rate in ((3, 1e-3), (3, 1e-4), (3, 1e-2), (12, 1e-3), (40, 1e-3))
)
"""Short ones first: most models learn in a few steps. The last are for deep ones and for statistics that lag behind."""

_REPEATED = 5
"""So often each training sample is in an epoch: a large network writes a checkpoint after each, which takes longer."""

_OFTEN = 40
_LUCK = 0.001
_ALONE = 6

CONTRACTS = Contracts(ModelSubject)


@CONTRACTS.add(
    "let build() name only what docs/plugins.md lists, give its own parameters defaults, allow no validation"
)
def fits(subject: ModelSubject) -> None:
    """build() and fit() work with the arguments that the harness gives, on samples without a validation part."""
    _ = subject.fitted


@CONTRACTS.add("ignore it, or use it for what the schedule leaves open", fits)
def accepts_validation(subject: ModelSubject) -> None:
    """fit() also takes a validation part, which has labels."""
    subject.need_training()
    train = subject.trial.train
    subject.fit(train, validation=subset(train, range(0, len(train), 2)))


@CONTRACTS.add("do not read samples.y or samples.labels outside fit()", fits)
def predicts_without_labels(subject: ModelSubject) -> None:
    """predict_proba() works on samples whose labels are None, which those of test samples always are."""
    subject.predict(subject.fitted, subject.trial.to_predict)


@CONTRACTS.add("return len(samples) rows and len(samples.classes) columns", predicts_without_labels)
def shape(subject: ModelSubject) -> None:
    """predict_proba() returns an array (n, k), a row a sample in their order and a column a class."""
    _ = subject.probabilities


@CONTRACTS.add("look for a division by zero, a logarithm of zero, or a diverging fit", shape)
def finite(subject: ModelSubject) -> None:
    """predict_proba() returns finite numbers only."""
    require_finite(subject.probabilities, subject.method)


@CONTRACTS.add("return the softmax of scores, or divide each row by its sum", finite)
def rows_sum_to_one(subject: ModelSubject) -> None:
    """Every row that predict_proba() returns is not negative and sums to one; nothing is asked of values."""
    if subject.target != "values":
        require_distributions(subject.probabilities, "predict_proba()")


@CONTRACTS.add("end with the last linear layer; leave out the softmax, which the loss and the harness add", shape)
def logits(subject: ModelSubject) -> None:
    """A torch module returns logits, of which emobench takes the softmax, and no probabilities (their logarithms will do)."""
    from emobench.models import FittedModel, TorchModel

    model, returned = subject.fitted, []
    model = model.model if isinstance(model, FittedModel) else model
    if not isinstance(model, TorchModel):
        raise NotApplicable("it is no torch module")
    if subject.target == "values":
        raise NotApplicable("it predicts values, and no probabilities")
    import torch

    hook = model.module.register_forward_hook(lambda module, given, output: returned.append(output.float().cpu()))
    try:
        subject.predict(model, subject.trial.to_predict)
    finally:
        hook.remove()
    outputs = torch.cat(returned)
    if (outputs >= 0).all() and torch.isclose(outputs.sum(dim=1), torch.ones(len(outputs)), atol=SUM_TOLERANCE).all():
        raise Breach("what the module returns is not negative and sums to 1 in every row: these are probabilities")


@CONTRACTS.add("switch dropout and augmentation off for prediction; draw from nothing there", shape)
def repeatable_prediction(subject: ModelSubject) -> None:
    """Asked twice for the same samples, a fitted model predicts the same."""
    again = subject.asked(subject.fitted, world=OTHER_SEED)
    require_alike(subject.probabilities, again, _SAME, "asked twice for the same samples, it changes probabilities")


@CONTRACTS.add(
    "draw from the global generators, which the harness seeds, or from one seeded with context.seed; not from the clock, "
    "the process, hash() of a text or an unseeded generator, and not in the order of a set",
    repeatable_prediction,
)
def same_seed_same_result(subject: ModelSubject) -> None:
    """Built and fitted twice with one seed on the same samples, a model predicts the same, in another process too.

    What another seed gives is not checked.
    """
    import torch

    first, trial = subject.probabilities, subject.trial
    require_alike(first, subject.asked(subject.fit(trial.train)), _SAME, "two fits with one seed differ")
    there = other_process.ask(subject, _predict_there, (trial, torch.get_num_threads()))
    if there is not None:
        require_alike(first, there, _SAME, "fitted in another process with one seed, it predicts differently,")


def _predict_there(subject: ModelSubject, given: tuple[Trial, int]) -> Any:
    import torch

    subject.trial, threads = given
    torch.set_num_threads(threads)  # sums are rounded as they are divided among threads
    return subject.probabilities


@CONTRACTS.add(
    "take inputs with samples.x() or stream.take(); the other rows of stream.array are those of test samples",
    same_seed_same_result,
)
def uses_nothing_hidden(subject: ModelSubject) -> None:
    """fit() uses its training rows alone, and predict_proba() neither the ids of samples nor what it was asked before."""
    first, to_predict = subject.probabilities, subject.trial.to_predict
    renamed = replace(to_predict, ids=tuple(f"{number * 37 % len(to_predict)}" for number in range(len(to_predict))))
    asked = subject.asked(subject.fitted, renamed)
    require_alike(first, asked, _SAME, "samples with other ids are predicted differently,")
    other = subject.asked(subject.fit(with_others_changed(subject.trial.train)))
    what = "fitted with other content in the rows of test samples, it predicts differently,"
    require_alike(first, other, _SAME, what)


@CONTRACTS.add("keep the axis of the samples, and let nothing at prediction need a batch", rows_sum_to_one)
def one_test_sample(subject: ModelSubject) -> None:
    """A single sample can be predicted."""
    _require_distributions(subject, subject.fitted, "for one sample ", subset(subject.trial.to_predict, [0]))


def _require_distributions(subject: ModelSubject, model: Model, what: str, samples: Samples | None = None) -> None:
    require = require_finite if subject.target == "values" else require_distributions
    require(subject.asked(model, samples, what), f"{what}{subject.method}")


@CONTRACTS.add(
    "normalise by statistics of the training samples: batch normalisation must be in evaluation mode; take inputs with "
    "samples.x() or stream.take()",
    repeatable_prediction,
    one_test_sample,
)
def batch_composition(subject: ModelSubject) -> None:
    """A prediction depends neither on the other samples nor on other rows of stream.array, to within 0.001."""
    together, to_predict, model = subject.probabilities, subject.trial.to_predict, subject.fitted
    backwards = subject.asked(model, subset(to_predict, range(len(to_predict))[::-1]))[::-1]
    require_alike(together, backwards, _ALIKE, "in reverse order samples are predicted differently,")
    half = subset(to_predict, range(0, len(to_predict), 2))
    what = "with other content in other rows of the array, samples change"
    require_alike(subject.asked(model, half), subject.asked(model, with_others_changed(half)), _SAME, what)
    for position in range(min(_ALONE, len(to_predict))):
        alone = subject.asked(model, subset(to_predict, [position]))
        what = f"alone, sample {position} is predicted differently than among others,"
        require_alike(together[[position]], alone, _ALIKE, what)


@CONTRACTS.add(
    "look at nothing behind the end of a sequence: multiply by the mask before a convolution or a mean, mask the scores of "
    "an attention, and pack what a recurrent layer reads",
    one_test_sample,
)
def padding(subject: ModelSubject) -> None:
    """How far a sequence is padded changes no prediction, to within 0.00001; nothing is asked of inputs of one shape."""
    to_predict, model = subject.trial.to_predict, subject.fitted
    if not any(isinstance(stream.array, Ragged) for stream in to_predict.streams.values()):
        raise NotApplicable("it takes no sequences")
    for position in range(min(_ALONE, len(to_predict))):
        alone = subset(to_predict, [position])
        beside = subject.asked(model, beside_longer(alone))[:1]
        what = f"beside a longer sequence, sample {position} is predicted differently,"
        require_alike(subject.asked(model, alone), beside, _PADDED, what)


@CONTRACTS.add("let save() write, and load() read, all that predict_proba() needs", repeatable_prediction)
def save_and_load(subject: ModelSubject) -> None:
    """A new model that loads what another one saved predicts what that one does."""
    folder = subject.fresh_folder()
    with subject.world(OTHER_SEED):
        subject.fitted.save(folder)
        model = subject.build()
        model.load(folder)
    require_alike(subject.probabilities, subject.asked(model), _SAME, "the loaded model predicts differently,")


@CONTRACTS.add(
    "look for statistics of one value, or raise a ValueError in fit() that says how many samples it needs",
    rows_sum_to_one,
)
def one_sample_a_class(subject: ModelSubject) -> None:
    """Fitted on one training sample a class, a model predicts distributions, or refuses: fit() or predict_proba() raises.

    There are good reasons to refuse: neighbours (who are missed at prediction), components, folds.
    """
    subject.need_training()
    train = subject.trial.train
    first = [int(np.flatnonzero(subject.trial.trained == number)[0]) for number in range(CLASSES)]
    try:
        model = subject.fit(subset(train, first))
        subject.predict(model, subject.trial.to_predict)
    except Exception as error:
        raise NotApplicable(f"it needs more than one sample a class ({describe(error)})") from error
    _require_distributions(subject, model, "fitted on one sample a class, ")


@CONTRACTS.add(
    "count the classes by len(train.classes) or the argument classes of build(), not by what occurs in the labels",
    rows_sum_to_one,
)
def class_without_samples(subject: ModelSubject) -> None:
    """A class without a training sample keeps its column of probabilities."""
    subject.need_training()
    if subject.target == "values":
        raise NotApplicable("values have no classes")
    train = subject.trial.train
    rest = np.flatnonzero(train.y != 0)  # of the first class: a column that is missing then shifts the others
    _require_distributions(subject, subject.fit(subset(train, rest)), "fitted without samples of a class, ")


@CONTRACTS.add(
    "look at the initialisation, the learning rate, the scale of the inputs, and that gradients reach every layer",
    shape,
)
def learns_the_twin(subject: ModelSubject) -> None:
    """Fitted on a few samples of a twin, a model gets more of them, or of others, right than guessing gets in 999 of 1,000.

    Training samples will do, because the question is whether the model learns at all; held-out ones too, because some
    models predict those better early in training (by batch statistics that lag behind). The fits are 15 passes over the
    24 samples (45 steps) at a learning rate of 0.001, then 0.0001, then 0.01, then 60 and 200 passes (600 steps) at
    0.001, until enough is right: 16 of 24, which guessing reaches in one of 1,000 cases. An estimator whose factory
    asks for nothing of the schedule is fitted on four times as many samples, and then on the same with each of them
    there 40 times.
    """
    subject.need_training()
    seen = ""
    for fitted, trial, schedule, times in _attempts(subject):
        repeated = subset(trial.train, np.tile(np.arange(len(trial.train)), times))
        little = _unlearnt(subject, trial, subject.fit(repeated, schedule=schedule))
        if not little:
            return
        seen = f"{fitted} it got {little}, and neither did it learn with less"
    raise Breach(seen)


def _attempts(subject: ModelSubject) -> Iterator[tuple[str, Trial, Schedule, int]]:
    """Yield the ways to fit in turn: what to call each, the samples, the schedule, and how often to repeat the samples."""
    if subject.follows_schedule:
        for schedule in _SCHEDULES:
            passes = schedule.epochs * _REPEATED
            steps = passes * CLASSES * TRAINING // schedule.batch_size
            what = f"after {passes} passes, {steps} steps, at {schedule.learning_rate:g}"
            yield what, subject.trial, schedule, _REPEATED
        return
    for times in (1, _OFTEN):  # repeated for what trains in steps of its own, and stops by itself
        often = f" that are there {times} times each" if times > 1 else ""
        yield f"fitted on {len(subject.plenty.train)} samples{often}", subject.plenty, QUICK, times


def _unlearnt(subject: ModelSubject, trial: Trial, model: Model) -> str:
    """Return how little a model has learnt, or an empty string if it is enough.

    Enough is clearly more right answers than guessing gives, and than always giving the most frequent class.
    """
    from scipy.stats import binom

    little = ""
    for samples, truth in ((trial.to_predict, trial.truth), (trial.train, trial.trained)):
        found = trial.classes_of(subject.asked(model, replace(samples, labels=None)))
        right = int((found == truth).sum())
        needed = 1 + max(int(binom.isf(_LUCK, len(truth), 1 / CLASSES)), int(np.bincount(truth).max()))
        if right >= needed:
            return ""
        little = f"{right} of {len(truth)} training samples right, and {needed} are needed"
    return little


@CONTRACTS.add(
    "use a generator of your own, seeded with context.seed, and put back what you have to change",
    predicts_without_labels,
)
def leaves_global_state_alone(subject: ModelSubject) -> None:
    """Building, fitting and predicting seed no global generator and leave what is set for the process as it was.

    To draw from the global generators is allowed: torch's own layers do. To seed them is not: it shows where two fits that
    began in different states end in the same one.
    """
    ends = []
    for seed in (SEED, OTHER_SEED):
        with subject.world(seed):
            before = state.settings()
            model = subject.build()
            model.fit(copied(subject.trial.train), None, subject.context())
            ends.append(state.generators())
            predicted(model, copied(subject.trial.to_predict))
            changed = state.differences(before, state.settings())
        if changed:
            raise Breach(f"it changes {' and '.join(changed)}")
    if seeded := [name for name in ends[0] if ends[0][name] == ends[1][name]]:
        raise Breach(f"it seeds the global generator of {' and '.join(seeded)}")


@CONTRACTS.add(
    "work on the copies that samples.x() and stream.take() return, and copy the labels", predicts_without_labels
)
def inputs_unchanged(subject: ModelSubject) -> None:
    """fit() and predict_proba() leave arrays, rows and labels as they are; the harness's are often read-only."""
    train, to_predict = copied(subject.trial.train), copied(subject.trial.to_predict)
    with subject.world():
        model = subject.build()
        with unchanged("fit()", arrays(train)):
            model.fit(train, None, subject.context())
        with unchanged(subject.method, arrays(to_predict)):
            predicted(model, to_predict)


@CONTRACTS.add("return an int; convert NumPy's and torch's numbers with int()", fits)
def parameter_count(subject: ModelSubject) -> None:
    """The number of parameters is a whole number, or None."""
    counted = subject.fitted.parameter_count()
    if counted is not None and (not isinstance(counted, int) or counted < 0):
        raise Breach(f"it returned {json.dumps(counted, default=repr)} of type {type(counted).__name__}")
