"""What every model must keep to; it is fitted on a few samples of a twin, as the harness does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from emobench.contracts import Model, Samples, Schedule
from emobench.plugins import describe
from emobench.testing import elsewhere, light_import, state
from emobench.testing.contract import Breach, Contracts, NotApplicable
from emobench.testing.model_subject import (
    ALIKE,
    CLASSES,
    OTHER_SEED,
    QUICK,
    SAME,
    TRAINING,
    Material,
    ModelSubject,
    content,
    copied,
    subset,
    with_others_changed,
)
from emobench.testing.probabilities import TOLERANCE, require_finite, require_probabilities, require_sums

__all__ = ["CONTRACTS", "ModelSubject"]

_SCHEDULES = tuple(
    Schedule(epochs=epochs, batch_size=8, learning_rate=rate)
    for epochs, rate in ((3, 1e-3), (3, 1e-4), (3, 1e-2), (12, 1e-3), (40, 1e-3))
)
"""Short ones first: most models learn in a few steps. The last are for deep ones and for statistics that lag behind."""

_REPEATED = 5
"""So often each training sample stands in an epoch: a large network writes a checkpoint after each, which takes longer."""

_OFTEN = 40
_LUCK = 0.001
_ALONE = 6


def _passes(schedule: Schedule) -> int:
    return schedule.epochs * _REPEATED


def _steps(schedule: Schedule) -> int:
    return _passes(schedule) * CLASSES * TRAINING // schedule.batch_size


CONTRACTS = Contracts("models")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    "fits",
    "build() and fit() work with the arguments that the harness gives, on samples without a validation part",
    "let build() name only what docs/plugins.md lists, give its own parameters defaults, and let validation be None",
)
def fits(subject: ModelSubject) -> None:
    """Fit for an epoch."""
    _ = subject.fitted


@CONTRACTS.add(
    "accepts-validation",
    "fit() also takes a validation part, which has labels",
    "ignore it, or use it for what the schedule leaves open",
)
def accepts_validation(subject: ModelSubject) -> None:
    """Fit for an epoch with one."""
    _ = subject.fitted
    train = subject.material.train
    subject.fit(train, validation=subset(train, range(0, len(train), 2)))


@CONTRACTS.add(
    "predicts-without-labels",
    "predict_proba() works on samples whose labels are None, which those of test samples always are",
    "do not read samples.y or samples.labels outside fit()",
)
def predicts_without_labels(subject: ModelSubject) -> None:
    """Predict test samples."""
    _ = subject.predicted


@CONTRACTS.add(
    "shape",
    "predict_proba() returns an array (n, k), a row a sample in their order and a column a class",
    "return len(samples) rows and len(samples.classes) columns",
)
def shape(subject: ModelSubject) -> None:
    """Look at the shape."""
    _ = subject.probabilities


@CONTRACTS.add(
    "finite",
    "predict_proba() returns finite numbers only",
    "look for a division by zero, a logarithm of zero, or a diverging fit",
)
def finite(subject: ModelSubject) -> None:
    """Look for what is not."""
    require_finite(subject.probabilities, "predict_proba()")


@CONTRACTS.add(
    "rows-sum-to-one",
    "every row that predict_proba() returns is not negative and sums to one",
    "return the softmax of scores, or divide each row by its sum",
)
def rows_sum_to_one(subject: ModelSubject) -> None:
    """Add the rows up."""
    _require_finite(subject)
    require_sums(subject.probabilities, "predict_proba()")


@CONTRACTS.add(
    "logits",
    "a torch module returns logits, of which emobench takes the softmax, and no probabilities (their logarithms will do)",
    "end with the last linear layer; leave the softmax out, which the loss and the harness add",
)
def logits(subject: ModelSubject) -> None:
    """Listen to what the module returns while the model predicts."""
    from emobench.training import TorchModel

    model, returned = subject.fitted.model, []
    if not isinstance(model, TorchModel):
        raise NotApplicable("it is no torch module")
    import torch

    _ = subject.probabilities
    hook = model.module.register_forward_hook(lambda module, given, output: returned.append(output.float().cpu()))
    try:
        subject.predict(model, subject.material.asked)
    finally:
        hook.remove()
    outputs = torch.cat(returned)
    if (outputs >= 0).all() and torch.isclose(outputs.sum(dim=1), torch.ones(len(outputs)), atol=TOLERANCE).all():
        raise Breach("what the module returns is not negative and sums to 1 in every row: these are probabilities")


def _require_finite(subject: ModelSubject) -> None:
    import numpy as np

    if not np.isfinite(subject.probabilities).all():
        raise NotApplicable("the check 'finite' fails")


def _is_sound(subject: ModelSubject) -> bool:
    """Whether ordinary predictions are distributions; where they are not, that is another check's to say."""
    try:
        require_probabilities(subject.probabilities, subject.probabilities.shape, "")
    except Breach:
        return False
    return True


@CONTRACTS.add(
    "repeatable-prediction",
    "asked twice for the same samples, a fitted model predicts the same",
    "switch dropout and augmentation off for prediction; draw from nothing there",
)
def repeatable_prediction(subject: ModelSubject) -> None:
    """Ask twice, under other states of the global generators."""
    _ = subject.comparable


@CONTRACTS.add(
    "same-seed-same-result",
    "built and fitted twice with the same seed on the same samples, a model predicts the same, in another process too",
    "draw from the global generators, which the harness seeds, or from one seeded with context.seed; not from the clock, "
    "the process, hash() of a text or an unseeded generator, and not in the order of a set",
)
def same_seed_same_result(subject: ModelSubject) -> None:
    """Fit again; what another seed gives is nobody's business."""
    first = subject.comparable
    again = subject.fit(subject.material.train)
    gap = subject.gap(
        first, subject.shaped(subject.predict(again.model, subject.material.asked), subject.material.asked, "")
    )
    if gap > SAME:
        raise Breach(f"two fits with one seed differ by up to {gap:.3g}")
    there = elsewhere.prediction(subject)
    if there is not None and (gap := subject.gap(first, subject.shaped(there, subject.material.asked, ""))) > SAME:
        raise Breach(f"fitted in another process with one seed, it predicts differently, by up to {gap:.3g}")
    vars(subject)["_reproduced"] = True


def _require_reproducible(subject: ModelSubject) -> None:
    """Skip what compares fits, for a model that is another one at each fit."""
    if "_reproduced" not in vars(subject):
        try:
            same_seed_same_result(subject)
        except Breach:
            raise NotApplicable("the check 'same-seed-same-result' fails") from None


@CONTRACTS.add(
    "uses-nothing-hidden",
    "fit() uses the rows of its training samples alone, and predict_proba() uses neither the ids of samples nor what it "
    "was asked before",
    "take inputs with samples.x() or stream.take(); the other rows of stream.array are those of test samples",
)
def uses_nothing_hidden(subject: ModelSubject) -> None:
    """Change the rows of test samples during the fit, and the ids at prediction."""
    first, asked = subject.comparable, subject.material.asked
    _require_reproducible(subject)
    renamed = replace(asked, ids=tuple(f"{number * 37 % len(asked)}" for number in range(len(asked))))
    if (gap := subject.gap(first, _predicted(subject, subject.fitted.model, renamed))) > SAME:
        raise Breach(f"samples with other ids are predicted differently, by up to {gap:.3g}")
    other = subject.fit(with_others_changed(subject.material.train)).model
    if (gap := subject.gap(first, _predicted(subject, other, asked))) > SAME:
        raise Breach(
            f"fitted with other content in the rows of test samples, it predicts differently, by up to {gap:.3g}"
        )


def _predicted(subject: ModelSubject, model: Model, samples: Samples) -> Any:
    return subject.shaped(subject.predict(model, samples), samples, "predict_proba()")


@CONTRACTS.add(
    "one-test-sample",
    "a single sample can be predicted",
    "keep the axis of the samples, and let nothing at prediction need a batch",
)
def one_test_sample(subject: ModelSubject) -> None:
    """Predict the first sample alone."""
    _ = subject.probabilities
    alone = _predicted(subject, subject.fitted.model, subset(subject.material.asked, [0]))
    if _is_sound(subject):
        require_probabilities(alone, alone.shape, "for one sample predict_proba()")


@CONTRACTS.add(
    "batch-composition",
    f"what is predicted for a sample does not depend on those beside it, nor on other rows of stream.array, to within "
    f"{ALIKE:g}",
    "normalise by statistics of the training samples: batch normalisation must be in evaluation mode; take inputs with "
    "samples.x() or stream.take()",
)
def batch_composition(subject: ModelSubject) -> None:
    """Predict all in reverse order, half of them in arrays that hold other things beside them, and some one by one."""
    import numpy as np

    together, asked, model = subject.comparable, subject.material.asked, subject.fitted.model
    backwards = np.arange(len(asked))[::-1]
    if (gap := subject.gap(together, _predicted(subject, model, subset(asked, backwards))[::-1])) > ALIKE:
        raise Breach(f"in reverse order samples are predicted differently, by up to {gap:.3g}")
    half = np.arange(len(asked))[::2]
    beside = with_others_changed(subset(asked, half)), subset(asked, half)
    if (gap := subject.gap(*(_predicted(subject, model, one) for one in beside))) > SAME:
        raise Breach(f"with other content in other rows of the array, samples change by up to {gap:.3g}")
    for position in range(min(_ALONE, len(asked))):
        try:
            alone = _predicted(subject, model, subset(asked, [position]))
        except Exception:
            raise NotApplicable("the check 'one-test-sample' fails") from None
        if (gap := subject.gap(together[[position]], alone)) > ALIKE:
            raise Breach(f"alone, sample {position} is predicted differently than among others, by up to {gap:.3g}")


@CONTRACTS.add(
    "save-and-load",
    "a model that is built anew and loads what another saved predicts what that one does",
    "let save() write, and load() read, all that predict_proba() needs",
)
def save_and_load(subject: ModelSubject) -> None:
    """Save, build, load, predict."""
    first, folder = subject.comparable, subject.fresh_folder("saved")
    from emobench import devices

    with state.restored(), devices.reproducible(OTHER_SEED):
        subject.fitted.model.save(folder)
        model = subject.build()
        model.load(folder)
    gap = subject.gap(first, _predicted(subject, model, subject.material.asked))
    if gap > SAME:
        raise Breach(f"the loaded model predicts differently, by up to {gap:.3g}")


@CONTRACTS.add(
    "one-sample-a-class",
    "a model that can be fitted on a single training sample of each class then predicts distributions of the usual shape; "
    "one that needs more may refuse: fit() or predict_proba() raises",
    "look for statistics of one value, or raise a ValueError in fit() that says how many samples it wants",
)
def one_sample_a_class(subject: ModelSubject) -> None:
    """Fit on the first sample of each class."""
    import numpy as np

    train = subject.material.train
    _ = subject.probabilities
    first = [int(np.flatnonzero(train.y == number)[0]) for number in range(len(train.classes))]
    try:
        predicted = subject.predict(subject.fit(subset(train, first)).model, subject.material.asked)
    except Exception as error:  # neighbours (who are missed at prediction), components, folds: there are good reasons
        raise NotApplicable(f"it needs more than one sample a class ({describe(error)})") from error
    _require_some_prediction(subject, predicted, "fitted on one sample a class, predict_proba()")


@CONTRACTS.add(
    "class-without-samples",
    "a class without a training sample keeps its column of probabilities",
    "count the classes by len(train.classes) or the argument classes of build(), not by what occurs in the labels",
)
def class_without_samples(subject: ModelSubject) -> None:
    """Fit without the samples of the first class: a column that is missing then shifts the others."""
    import numpy as np

    train = subject.material.train
    _ = subject.probabilities
    rest = np.flatnonzero(train.y != 0)
    predicted = subject.predict(subject.fit(subset(train, rest)).model, subject.material.asked)
    _require_some_prediction(subject, predicted, "fitted without samples of a class, predict_proba()")


def _require_some_prediction(subject: ModelSubject, predicted: Any, what: str) -> None:
    result = subject.shaped(predicted, subject.material.asked, what)
    if _is_sound(subject):
        require_probabilities(result, result.shape, what)


@CONTRACTS.add(
    "learns-the-twin",
    "fitted on a few samples of a twin, a model gets more of them, or of others, right than guessing would in one of "
    f"{round(1 / _LUCK):,} cases, at one of three learning rates or after up to {_passes(_SCHEDULES[-1])} passes",
    "look at the initialisation, the learning rate, the scale of the inputs, and that gradients reach every layer; "
    f"{_steps(_SCHEDULES[-1])} steps of {_SCHEDULES[-1].batch_size} samples must do",
)
def learns_the_twin(subject: ModelSubject) -> None:
    """Fit for longer, by one schedule after the other, until it has learnt something.

    Guessing gets a share 1/k right; the threshold is what it reaches or exceeds with a probability of 0.001. That is 16 of
    24 samples of three classes. A constant answer gets 8. Training samples will do, because the question is whether
    the model learns at all; held-out ones too, because some models predict those better early in training (by batch
    statistics that lag behind). An estimator that no schedule concerns is fitted once, on more samples instead.
    """
    import numpy as np

    _ = subject.probabilities
    seen = ""
    for fitted, material, schedule, times in _attempts(subject):
        repeated = subset(material.train, np.tile(np.arange(len(material.train)), times))
        little = _unlearnt(subject, material, subject.fit(repeated, schedule=schedule).model)
        if not little:
            return
        seen = f"{fitted} it got {little}, and neither did it learn with less"
    raise Breach(seen)


def _attempts(subject: ModelSubject) -> Iterator[tuple[str, Material, Schedule, int]]:
    """Yield the ways to fit in turn: what to call each, the samples, the schedule, and how often to repeat the samples."""
    if subject.follows_schedule:
        for schedule in _SCHEDULES:
            passes = f"after {_passes(schedule)} passes, {_steps(schedule)} steps, at {schedule.learning_rate:g}"
            yield passes, subject.material, schedule, _REPEATED
        return
    for times in (1, _OFTEN):  # repeated for what trains in steps of its own, and stops by itself
        often = f" that stand there {times} times each" if times > 1 else ""
        yield f"fitted on {len(subject.plenty.train)} samples{often}", subject.plenty, QUICK, times


def _unlearnt(subject: ModelSubject, material: Material, model: Model) -> str:
    """Return how little a model has learnt, or an empty string if it is enough."""
    little = ""
    for samples, truth in ((material.asked, material.truth), (material.train, material.train.y)):
        predicted = _predicted(subject, model, replace(samples, labels=None))
        right, wanted = int((predicted.argmax(axis=1) == truth).sum()), _needed(truth, len(samples.classes))
        if right >= wanted:
            return ""
        little = f"{right} of {len(truth)} training samples right, wanted {wanted}"
    return little


def _needed(truth: Any, classes: int) -> int:
    """Return how many right answers are clearly more than guessing, and than always giving the most frequent class."""
    import numpy as np
    from scipy.stats import binom

    by_chance = int(binom.isf(_LUCK, len(truth), 1 / classes)) + 1
    return max(by_chance, int(np.bincount(truth).max()) + 1)


@CONTRACTS.add(
    "leaves-global-state-alone",
    "building, fitting and predicting leave the global generators unseeded, and the working directory, the environment, "
    "torch's default dtype, threads and gradient mode and NumPy's error handling as they were",
    "use a generator of your own, seeded with context.seed, and put back what you have to change",
)
def leaves_global_state_alone(subject: ModelSubject) -> None:
    """Fit with the global generators in another state than before, and compare the states afterwards.

    To draw from them is allowed: torch's own layers do. To seed them is not: it shows where two fits that began in different
    states end in the same one.
    """
    from emobench import devices

    material, first = subject.material, subject.fitted.generators
    _ = subject.predicted
    with state.restored(), devices.reproducible(OTHER_SEED):
        before = state.settings()
        model = subject.build()
        model.fit(copied(material.train), None, subject.context(QUICK))
        after = state.generators()
        model.predict_proba(copied(material.asked))
        changed = state.differences(before, state.settings())
    if changed:
        raise Breach(f"it changes {' and '.join(changed)}")
    if seeded := [name for name in first if first[name] == after.get(name)]:
        raise Breach(f"it seeds the global generator of {' and '.join(seeded)}")


@CONTRACTS.add(
    "inputs-unchanged",
    "fit() and predict_proba() leave arrays, rows and labels as they are; the harness's are often read-only",
    "work on the copies that samples.x() and stream.take() return, and copy the labels",
)
def inputs_unchanged(subject: ModelSubject) -> None:
    """Compare the inputs with what they were."""
    from emobench import devices

    _ = subject.predicted
    train, asked = copied(subject.material.train), copied(subject.material.asked)
    before = content(train), content(asked)
    with state.restored(), devices.reproducible(OTHER_SEED):
        model = subject.build()
        model.fit(train, None, subject.context(QUICK))
        model.predict_proba(asked)
    for method, samples, was in (("fit", train, before[0]), ("predict_proba", asked, before[1])):
        now = content(samples)
        if changed := [name for name in was if was[name].tobytes() != now[name].tobytes()]:
            raise Breach(f"{method}() changed {' and '.join(changed)}")


@CONTRACTS.add(
    "parameter-count",
    "parameter_count() returns a whole number of parameters, or None",
    "return an int; convert NumPy's and torch's numbers with int()",
)
def parameter_count(subject: ModelSubject) -> None:
    """Count."""
    counted = subject.fitted.model.parameter_count()
    if counted is not None and (not isinstance(counted, int) or counted < 0):
        raise Breach(f"it returned {json.dumps(counted, default=repr)} of type {type(counted).__name__}")
