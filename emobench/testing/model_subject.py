"""A model on trial: real inputs from a twin, in the parts that the harness would make, and the fits that checks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from emobench import models
from emobench.contracts import Dataset, FitContext, Model, ModelSpec, Representation, Samples, Schedule, Split, Stream
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError
from emobench.parts import model_inputs, shuffled
from emobench.plugins import Registry, named_arguments
from emobench.representations import represent
from emobench.testing import state
from emobench.testing.contract import Breach, Kind, NotApplicable, Subject, prepared
from emobench.testing.twins import twins

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

CLASSES = 3
TRAINING, TESTED = 8, 4
"""Samples a class: few, for a network on a laptop; three classes, so that nothing is binary by chance."""

PLENTY = 4
"""So many times as many for a model that cannot pass over them more often: a covariance wants more samples than a step."""

QUICK = Schedule(epochs=1, batch_size=8)
"""For the many checks that want a fitted model and not a good one."""

SEED, OTHER_SEED = 0, 7
SAME = 1e-6
"""How far apart probabilities may be that come from the same computation; they are stored as float32."""

ALIKE = 1e-3
"""How far apart they may be where the batches are others: convolutions then sum in another order."""


@dataclass(frozen=True)
class Material:
    """What a model is fitted on and asked.

    Attributes:
        dataset: whose twin it is from.
        train: labelled samples.
        asked: others, without labels.
        truth: (n,) indices of the classes of ``asked``, for the kit's eyes only.
    """

    dataset: str
    train: Samples
    asked: Samples
    truth: NDArray[np.int64]


@dataclass(frozen=True)
class Fitted:
    """A model that was fitted, and what can be told of it.

    Attributes:
        model: the model.
        generators: the states of the global generators after the fit.
    """

    model: Model
    generators: dict[str, Any]


class ModelSubject(Subject):
    """A registered model, its inputs, and what it predicts after a quick fit."""

    component: ModelSpec

    def __init__(self, kind: Kind, name: str, registry: Registry, *, material: Material | None = None) -> None:
        super().__init__(kind, name, registry)
        self._given = material

    @prepared("fits")
    def material(self) -> Material:
        """Inputs from the first twin that has the modalities and can be represented."""
        return self._given or self._drawn(1)

    @prepared("fits")
    def plenty(self) -> Material:
        """The same with more samples a class, as far as the twin has them."""
        return self._drawn(PLENTY)

    @property
    def follows_schedule(self) -> bool:
        """Whether the training schedule can make a difference: not to an estimator whose factory names nothing of it."""
        fields = named_arguments(self.component.build, required=True) & set(asdict(QUICK))
        return bool(fields) or not isinstance(self.fitted.model, models.EstimatorModel)

    def _drawn(self, times: int) -> Material:
        wanted = [
            self.registry.find("representations", name, where=f"model {self.name!r}") for name in self.component.takes
        ]
        modalities = {representation.modality for representation in wanted}
        reason = "no registered dataset has them"
        for dataset, source in twins(self.registry, modalities):
            try:
                return _material(dataset, source, wanted, self, times)
            except EmobenchError as error:
                reason = f"{dataset.name!r}: {error}"
        raise NotApplicable(f"no twin gives it {' and '.join(sorted(modalities))} that it can be tried on ({reason})")

    @prepared("fits")
    def fitted(self) -> Fitted:
        """The model after a quick fit on all training samples."""
        return self.fit(self.material.train)

    @prepared("predicts-without-labels")
    def predicted(self) -> Any:
        """What it predicts for the test samples, in whatever shape."""
        return self.predict(self.fitted.model, self.material.asked)

    @prepared("shape")
    def probabilities(self) -> NDArray[np.float64]:
        """The same, if it has the shape (n, k)."""
        return self.shaped(self.predicted, self.material.asked, "predict_proba")

    @prepared("repeatable-prediction")
    def comparable(self) -> NDArray[np.float64]:
        """The same, if it is worth comparing with anything: the model predicts the same at every call."""
        import numpy as np

        first = self.probabilities
        gap = self.gap(first, np.asarray(self.predict(self.fitted.model, self.material.asked, world=OTHER_SEED)))
        if gap > SAME:
            raise Breach(f"asked twice for the same samples, it changes probabilities by up to {gap:.3g}")
        return first

    def build(self, schedule: Schedule = QUICK) -> Model:
        """Call the factory with the model's defaults."""
        train = self.material.train
        return models.build(
            self.component,
            dict(self.component.parameters),
            classes=len(train.classes),
            input_shapes=tuple(stream.array.shape[1:] for stream in train.streams.values()),
            seed=SEED,
            schedule=schedule,
        )

    def fit(
        self, train: Samples, *, validation: Samples | None = None, schedule: Schedule = QUICK, world: int = SEED
    ) -> Fitted:
        """Build the model and fit it as the harness does.

        Args:
            train: what it is fitted on; a copy is handed over.
            validation: what it may look at.
            schedule: how long.
            world: seed of the global generators; the model itself is told ``SEED``.
        """
        from emobench import devices

        with state.restored(), devices.reproducible(world):
            model = self.build(schedule)
            model.fit(copied(train), validation and copied(validation), self.context(schedule))
            return Fitted(model, state.generators())

    def context(self, schedule: Schedule) -> FitContext:
        """Return what the harness tells a model, with a work folder of its own."""
        return FitContext(
            schedule=schedule,
            seed=SEED,
            device="cpu",
            precision="fp32",
            work=self.fresh_folder("work"),
            step=lambda samples: None,
            epoch=lambda epoch: None,
        )

    def predict(self, model: Model, samples: Samples, *, world: int = SEED) -> Any:
        """Ask a fitted model about a copy of the samples, as the harness does."""
        from emobench import devices

        with state.restored(), devices.reproducible(world):
            return model.predict_proba(copied(samples))

    def shaped(self, predicted: Any, samples: Samples, what: str) -> NDArray[np.float64]:
        """Return an array if it has a row a sample and a column a class."""
        import numpy as np

        from emobench.testing.probabilities import require_shape

        predicted = np.asarray(predicted)  # as the harness does: lists are as good
        require_shape(predicted, (len(samples), len(samples.classes)), what)
        return np.asarray(predicted, dtype=np.float64)

    def gap(self, first: NDArray[Any], other: NDArray[Any]) -> float:
        """Return by how much two arrays of probabilities differ at most; numbers that are not finite in both do not."""
        import numpy as np

        if first.shape != other.shape:
            raise Breach(f"it predicts shape {other.shape} where it predicted {first.shape}")
        same = np.isclose(first, other, rtol=0, atol=0, equal_nan=True)
        return float(np.abs(np.where(same, 0, first - other)).max())


def _material(
    dataset: Dataset, source: DatasetCopy, wanted: list[Representation], subject: ModelSubject, times: int
) -> Material:
    """Represent a few samples of some classes; without --limit, suites would represent a whole dataset for it."""
    import numpy as np

    samples, split = _chosen(source.index.samples, times)
    classes = tuple(label for label in dataset.labels if label in set(samples["label"]))
    represented = {
        one.name: represent(dataset, source, samples, one, {}, subject.registry, lambda number: None) for one in wanted
    }
    # In memory, so that it shows when a model writes into what it is given.
    represented = {name: replace(one, array=np.array(one.array)) for name, one in represented.items()}
    parts = model_inputs(samples, split, classes, represented)
    assert parts.train is not None
    truth = np.asarray([classes.index(label) for label in parts.truth["label"]], dtype=np.int64).repeat(parts.views)
    if set(parts.train.y) != set(range(len(classes))):
        raise EmobenchError("a class has no training sample that can be represented")
    return Material(dataset.name, parts.train, parts.to_predict, truth)


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
    used = samples[samples["sample_id"].isin({one for ids in parts.values() for one in ids})].reset_index(drop=True)
    return used, Split({part: tuple(shuffled(ids)) for part, ids in parts.items()})


def subset(samples: Samples, positions: Any, ids: tuple[str, ...] | None = None) -> Samples:
    """Return some of the samples, numbered anew as the harness numbers them."""
    import numpy as np

    places = np.asarray(positions, dtype=np.int64)
    return Samples(
        ids or tuple(map(str, range(len(places)))),
        {name: Stream(stream.array, stream.rows[places]) for name, stream in samples.streams.items()},
        None if samples.labels is None else samples.labels[places],
        samples.classes,
    )


def with_others_changed(samples: Samples) -> Samples:
    """Return the same samples in arrays whose other rows, those of test samples, hold something else."""
    import numpy as np

    streams: dict[str, Stream] = {}
    for name, stream in samples.streams.items():
        array = np.array(stream.array)
        others = np.setdiff1d(np.arange(len(array)), stream.rows)
        array[others] = 255 - array[others] if array.dtype.kind == "u" else array[others] * 3 + 1
        streams[name] = Stream(array, stream.rows)
    return replace(samples, streams=streams)


def copied(samples: Samples) -> Samples:
    """Return the same samples in arrays of their own."""
    import numpy as np

    streams = {name: Stream(np.array(one.array), one.rows.copy()) for name, one in samples.streams.items()}
    return replace(samples, streams=streams, labels=None if samples.labels is None else samples.labels.copy())


def content(samples: Samples) -> Mapping[str, NDArray[Any]]:
    """Return copies of all arrays that a model could write into, by what a person calls them."""
    import numpy as np

    arrays = {f"the stream {name!r}": np.array(stream.array) for name, stream in samples.streams.items()}
    arrays |= {f"the rows of the stream {name!r}": np.array(stream.rows) for name, stream in samples.streams.items()}
    return arrays if samples.labels is None else {**arrays, "the labels": np.array(samples.labels)}
