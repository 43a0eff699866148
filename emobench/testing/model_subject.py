"""A model on trial: real inputs from a twin, in the parts that the harness would make, and the fits that checks share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emobench import models
from emobench.contracts import (
    Dataset,
    FitContext,
    Kind,
    Model,
    ModelSpec,
    Ragged,
    Representation,
    Samples,
    Schedule,
    Split,
    Stream,
    ragged,
)
from emobench.data import DatasetCopy, represent
from emobench.errors import EmobenchError
from emobench.models import model_inputs, shuffled
from emobench.plugins import Registry, named_arguments
from emobench.testing import state
from emobench.testing.arrays import require_shape
from emobench.testing.contract import NotApplicable, Subject
from emobench.testing.twins import twins

if TYPE_CHECKING:
    import pandas as pd

CLASSES = 3
TRAINING, TESTED = 8, 4
"""Samples a class: few, for a network on a laptop; three classes, so that nothing is binary by chance."""

PLENTY = 4
"""So many times as many for a model that cannot pass over them more often: a covariance needs more samples than a step."""

QUICK = Schedule(epochs=1, batch_size=8)
"""For the many checks that need a fitted model and not a good one."""

SEED, OTHER_SEED = 0, 7


@dataclass(frozen=True)
class Trial:
    """What a model is fitted on and asked.

    Attributes:
        train: labelled samples.
        to_predict: others, without labels.
        trained: (n,) indices of the classes of ``train``, which values are made of as well.
        truth: the same of ``to_predict``, for the kit's eyes only.
    """

    train: Samples
    to_predict: Samples
    trained: NDArray[np.int64]
    truth: NDArray[np.int64]

    def classes_of(self, predicted: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return (n,) most probable classes; of values those whose values are nearest."""
        if self.train.kind != "values":
            return np.asarray(predicted.argmax(axis=1))
        points = as_values(np.arange(CLASSES))
        return np.asarray(((predicted[:, None] - points) ** 2).sum(axis=2).argmin(axis=1))


def as_values(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (n, 2) values for classes, each of which has its own in both dimensions."""
    return np.stack([1.0 + classes, 5.0 - 2.0 * (classes * 2 % CLASSES)], axis=1)


class ModelSubject(Subject):
    """A registered model, its inputs, and what it predicts after a quick fit."""

    component: ModelSpec

    @cached_property
    def trial(self) -> Trial:
        """Inputs from the first twin that has the modalities and enough samples to represent, or else from the largest."""
        return self._drawn(1)

    @cached_property
    def plenty(self) -> Trial:
        """The same with more samples a class, as far as the twin has them."""
        return self._drawn(PLENTY)

    def _drawn(self, times: int) -> Trial:
        where = f"model {self.name!r}"
        takes = [self.registry.find("representations", name, where=where) for name in self.component.takes]
        modalities = {representation.modality for representation in takes}
        reason, small = "no registered dataset has them", list[Trial]()
        for dataset, twin in twins(self.registry, modalities):
            try:
                trial = _represented(dataset, twin, takes, self.registry, times)
                if self.is_fitted:
                    return _asked_for(trial, self.component.outputs, self.target)
            except EmobenchError as error:
                reason = f"{dataset.name!r}: {error}"
                continue
            small.append(_of_values(trial) if self.target == "values" else trial)
            if len(trial.train) >= CLASSES * TRAINING:
                return small[-1]
        if small:
            return max(small, key=lambda trial: len(trial.train))
        raise NotApplicable(f"no twin gives it {' and '.join(sorted(modalities))} that it can be tried on ({reason})")

    @property
    def is_fitted(self) -> bool:
        """Whether it is fitted already, so that nothing is asked of its training."""
        return bool(self.component.fitted_on)

    def need_training(self) -> None:
        """End a check of how a model is trained.

        Raises:
            NotApplicable: it is fitted already.
        """
        if self.is_fitted:
            raise NotApplicable("it is fitted already, and is not trained")

    @property
    def target(self) -> Kind:
        """The kind of target that it is tried on: a class, if it takes one."""
        return next(iter(self.component.kinds), "class")

    @property
    def follows_schedule(self) -> bool:
        """Whether the training schedule can make a difference: not to an estimator whose factory names nothing of it."""
        named = named_arguments(self.component.build, required=True)
        settings = {field.name for field in fields(Schedule)}
        return not named.isdisjoint(settings) or not isinstance(self.fitted, models.EstimatorModel)

    @property
    def method(self) -> str:
        """What is asked for predictions."""
        return "predict_values()" if self.target == "values" else "predict_proba()"

    @cached_property
    def fitted(self) -> Model:
        """The model after a quick fit on all training samples."""
        return self.fit(self.trial.train)

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """What it predicts for the test samples, (n, k)."""
        return self.asked(self.fitted)

    @contextmanager
    def world(self, seed: int = SEED) -> Iterator[None]:
        """Seed the global generators in the block as the harness does; the model itself always gets ``SEED``."""
        from emobench import devices

        with state.restored(), devices.reproducible(seed):
            yield

    def build(self, schedule: Schedule = QUICK) -> Model:
        """Call the factory with the model's defaults."""
        if self.is_fitted:
            return models.build_fitted(
                self.component,
                dict(self.component.parameters),
                classes=self.component.outputs,
                input_shapes=self._input_shapes,
                seed=SEED,
                kind=self.target,
            )
        if unnamed := [name for name in self.component.encoders if not self.component.parameters.get(name)]:
            raise NotApplicable(f"a suite says which weights it starts from ({', '.join(unnamed)})")
        return models.build_model(
            self.component,
            dict(self.component.parameters),
            classes=len(self.trial.train.classes),
            input_shapes=self._input_shapes,
            seed=SEED,
            schedule=schedule,
            kind=self.target,
        )

    @property
    def _input_shapes(self) -> tuple[tuple[int | None, ...], ...]:
        return tuple(stream.array.shape[1:] for stream in self.trial.train.streams.values())

    def context(self, schedule: Schedule = QUICK) -> FitContext:
        """Return what the harness tells a model, with a work folder of its own."""
        return FitContext(
            schedule=schedule,
            seed=SEED,
            device="cpu",
            precision="fp32",
            work=self.fresh_folder(),
            step=lambda samples: None,
            epoch=lambda epoch: None,
        )

    def fit(self, train: Samples, *, validation: Samples | None = None, schedule: Schedule = QUICK) -> Model:
        """Build the model and fit it on copies of samples, as the harness does."""
        with self.world():
            model = self.build(schedule)
            model.fit(copied(train), validation and copied(validation), self.context(schedule))
            return model

    def predict(self, model: Model, samples: Samples, *, world: int = SEED) -> Any:
        """Ask a fitted model about a copy of the samples, as the harness does."""
        with self.world(world):
            return models.predicted(model, copied(samples))

    def asked(
        self, model: Model, samples: Samples | None = None, what: str = "", *, world: int = SEED
    ) -> NDArray[np.float64]:
        """Return what a fitted model predicts, (n, k), for the test samples by default; any other shape is a breach."""
        samples = self.trial.to_predict if samples is None else samples
        predicted = np.asarray(self.predict(model, samples, world=world))  # as the harness does: lists are as good
        require_shape(predicted, (len(samples), len(samples.classes)), f"{what}{self.method}")
        return predicted.astype(np.float64)


def _represented(
    dataset: Dataset, twin: DatasetCopy, takes: list[Representation], registry: Registry, times: int
) -> Trial:
    """Represent a few samples of some classes; without --limit, suites would represent a whole dataset for it."""
    samples, split = _chosen(twin.index.samples, times)
    classes = tuple(label for label in dataset.labels if label in set(samples["label"]))
    represented = {}
    for representation in takes:
        made = represent(dataset, twin, samples, representation, {}, registry, lambda number: None)
        # In memory, so that it shows when a model writes into what it is given.
        represented[representation.name] = replace(made, array=_in_memory(made.array))
    parts = model_inputs(samples, split, classes, represented)
    assert parts.train is not None
    truth = np.asarray([classes.index(label) for label in parts.truth["label"]], dtype=np.int64).repeat(parts.views)
    if set(parts.train.y) != set(range(len(classes))):
        raise EmobenchError("a class has no training sample that can be represented")
    return Trial(parts.train, parts.to_predict, parts.train.y, truth)


def _asked_for(trial: Trial, outputs: tuple[str, ...], kind: Kind) -> Trial:
    """Return a trial in which a model that is fitted already is asked for all of its outputs; its labels mean nothing."""
    said: dict[str, Any] = {"classes": outputs, "kind": kind}
    return replace(trial, train=replace(trial.train, **said), to_predict=replace(trial.to_predict, **said))


def _of_values(trial: Trial) -> Trial:
    """Return a trial whose samples have two values each in the place of a class."""
    said: dict[str, Any] = {"classes": ("first", "second"), "kind": "values"}
    train = replace(trial.train, labels=as_values(trial.trained), **said)
    return replace(trial, train=train, to_predict=replace(trial.to_predict, **said))


def _chosen(samples: pd.DataFrame, times: int) -> tuple[pd.DataFrame, Split]:
    """Draw samples of the largest classes by the hashes of their ids, and divide them."""
    largest = samples["label"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:CLASSES]
    parts: dict[str, list[str]] = {"train": [], "test": []}
    for label in largest:
        ids = shuffled(samples["sample_id"][samples["label"] == label])[: times * (TRAINING + TESTED)]
        trained = max(1, len(ids) * TRAINING // (TRAINING + TESTED))
        parts["train"] += ids[:trained]
        parts["test"] += ids[trained:]
    if len(largest) < CLASSES or len(parts["test"]) < CLASSES:
        raise EmobenchError(f"it has too few samples of {CLASSES} classes")
    used = samples[samples["sample_id"].isin([*parts["train"], *parts["test"]])].reset_index(drop=True)
    return used, Split({part: tuple(shuffled(ids)) for part, ids in parts.items()})


def subset(samples: Samples, positions: Any) -> Samples:
    """Return some of the samples, with new ids as the harness numbers them."""
    places = np.asarray(positions, dtype=np.int64)
    return Samples(
        tuple(map(str, range(len(places)))),
        {name: Stream(stream.array, stream.rows[places]) for name, stream in samples.streams.items()},
        None if samples.labels is None else samples.labels[places],
        samples.classes,
        samples.kind,
    )


def with_others_changed(samples: Samples) -> Samples:
    """Return the same samples in arrays whose other rows, those of test samples, hold something else."""
    changed = copied(samples)
    for stream in changed.streams.values():
        others = np.setdiff1d(np.arange(len(stream.array)), stream.rows)
        if isinstance(stream.array, Ragged):
            for row in others:
                steps = stream.array[int(row)]
                steps[:] = _something_else(steps)
        else:
            stream.array[others] = _something_else(stream.array[others])
    return changed


def _something_else(content: NDArray[Any]) -> Any:
    if content.dtype.kind == "U":
        return "x"
    return 255 - content if content.dtype.kind == "u" else content * 3 + 1


def _in_memory(array: NDArray[Any] | Ragged) -> NDArray[Any] | Ragged:
    if isinstance(array, Ragged):
        return Ragged(np.array(array.values), array.offsets.copy())
    return np.array(array)


def beside_longer(sample: Samples) -> Samples:
    """Return a sample of sequences, and behind it another whose sequences go on three times as long."""
    streams = {}
    for name, stream in sample.streams.items():
        (steps,) = stream.sequences(np.zeros(1, dtype=np.int64))
        longer = np.concatenate([steps] * 3) if isinstance(stream.array, Ragged) else steps
        array = ragged([steps, longer]) if isinstance(stream.array, Ragged) else np.stack([steps, longer])
        streams[name] = Stream(array, np.arange(2))
    return replace(sample, ids=("0", "1"), streams=streams)


def copied(samples: Samples) -> Samples:
    """Return the same samples in arrays of their own."""
    streams = {name: Stream(_in_memory(stream.array), stream.rows.copy()) for name, stream in samples.streams.items()}
    return replace(samples, streams=streams, labels=None if samples.labels is None else samples.labels.copy())


def arrays(samples: Samples) -> dict[str, NDArray[Any]]:
    """Return all arrays that a model could write into, by what a person calls them."""
    streams = {f"the stream {name!r}": stream.array for name, stream in samples.streams.items()}
    found = {name: array.values if isinstance(array, Ragged) else array for name, array in streams.items()}
    found |= {f"the rows of the stream {name!r}": stream.rows for name, stream in samples.streams.items()}
    return found if samples.labels is None else {**found, "the labels": samples.labels}
