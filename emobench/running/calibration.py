"""A few measured steps: what representing a sample and training on a batch take on this machine."""

from __future__ import annotations

import math
import tempfile
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import FitContext, Kind, Model, Ragged, Samples, Schedule, Stream, ragged
from emobench.data import represented_sample
from emobench.models import EstimatorModel, FittedModel, predicted
from emobench.planning import Job
from emobench.plugins import Registry
from emobench.records import Component, Identity
from emobench.running.environment import PeakMemory
from emobench.running.fitting import build_model_of
from emobench.splits import Task, Tasks

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_STEPS = 4
"""The first of them is not counted: it allocates."""
_ENOUGH = 6.0
"""Seconds after which no further step is begun."""
_SAMPLES = 3
_SIZES = (300, 1500)
"""Made-up samples that an estimator is fitted on."""
_CLASSES = 6


@dataclass(frozen=True)
class Measured:
    """What a model costs on an input.

    Attributes:
        fit: seconds for a sample and an epoch; ``None`` where that is not known.
        predict: seconds for a sample.
        memory: highest resident memory, in bytes.
        parameters: number of fitted parameters.
        samples: number of training samples that this is of; 0 where it is of any number.
        growth: power of the number of training samples with which a fit takes longer.
    """

    fit: float | None
    predict: float
    memory: int | None = None
    parameters: int | None = None
    samples: int = 0
    growth: float = 1.0

    def of(self, samples: int) -> float:
        """Return by what both times are multiplied for so many training samples."""
        return (samples / self.samples) ** (self.growth - 1) if self.samples and samples else 1.0


class _Enough(Exception):  # noqa: N818 - no error: it ends a fit of which a few steps are enough
    pass


def measure_input(task: Task, samples: pd.DataFrame, component: Component, registry: Registry) -> tuple[float, int]:
    """Represent a few samples, and return the seconds and the bytes of one."""
    representation = registry.find("representations", component.name)
    seconds, size = [], 0
    for row in task.copy.rows(samples.head(_SAMPLES)):
        began = time.perf_counter()
        array = represented_sample(task.dataset, task.copy, row, representation, component.parameters)
        seconds.append(time.perf_counter() - began)
        size = array.nbytes
    return min(seconds), size


def measure_model(job: Job, task: Task, tasks: Tasks, device: str, threads: int) -> Measured:
    """Train a model on a few batches of one real input; an estimator, which has no steps, on more and more samples."""
    identity, registry = job.cell.identity, tasks.registry
    streams: dict[str, NDArray[Any] | Ragged] = {}
    for component in identity.representations:
        representation = registry.find("representations", component.name)
        row = next(iter(task.copy.rows(task.samples.head(1))))
        array = represented_sample(task.dataset, task.copy, row, representation, component.parameters)
        if representation.sequences:
            streams[component.name] = ragged([array])
        else:
            streams[component.name] = array if representation.views else array[None]
    schedule = identity.schedule or Schedule()
    batch, views = schedule.batch_size, max(map(len, streams.values()))
    with PeakMemory() as memory, devices.reproducible(identity.seed, threads), tempfile.TemporaryDirectory() as work:
        shapes = tuple(array.shape[1:] for array in streams.values())
        model = build_model_of(job.model_copy(update={"device": device}), shapes, registry)
        if isinstance(model, FittedModel):
            predict = _predicting(model, streams, batch, identity)
            return Measured(None, views * predict, memory.bytes, model.parameter_count())
        if isinstance(model, EstimatorModel):
            told = _of_estimator(model, streams, identity, _context(job, device, Path(work), []))
            told = replace(told, memory=memory.bytes, parameters=model.parameter_count())
            return replace(told, fit=views * (told.fit or 0.0), predict=views * told.predict)
        ends: list[float] = []
        context = _context(job, device, Path(work), ends)
        started = time.perf_counter()
        with suppress(_Enough), warnings.catch_warnings(action="ignore"):
            model.fit(_repeated(streams, _STEPS * batch, identity, labelled=True), None, context)
        whole = time.perf_counter() - started
        predict = _predicting(model, streams, batch, identity)
    if len(ends) > 1:
        fit = median(end - start for start, end in pairwise(ends)) / batch
    else:  # a model of a plugin that reports no steps
        fit = whole / (_STEPS * batch * schedule.epochs)
    return Measured(views * fit, views * predict, memory.bytes, model.parameter_count())


def _predicting(model: Model, streams: Mapping[str, NDArray[Any] | Ragged], batch: int, identity: Identity) -> float:
    """Return the seconds in which a sample is predicted."""
    began = time.perf_counter()
    predicted(model, _repeated(streams, batch, identity, labelled=False))
    return (time.perf_counter() - began) / batch


def _of_estimator(
    model: EstimatorModel, streams: Mapping[str, NDArray[Any] | Ragged], identity: Identity, context: FitContext
) -> Measured:
    """Return what an estimator takes for a sample and an epoch, and to predict one.

    It is fitted on two small numbers of made-up samples around the real input; by what power of their number the time
    grows says how long the whole takes: a kernel machine's grows with the square.
    """
    took: list[float] = []
    for size in _SIZES:
        began = time.perf_counter()
        with warnings.catch_warnings(action="ignore"):
            model.fit(_around(streams, size, identity), None, context)
        took.append(time.perf_counter() - began)
        if took[-1] > _ENOUGH:
            break
    size = _SIZES[len(took) - 1]
    growth = math.log(took[-1] / took[0]) / math.log(size / _SIZES[0]) if len(took) > 1 else 1.0
    began = time.perf_counter()
    predicted(model, _around(streams, _SIZES[0], identity))
    predict = (time.perf_counter() - began) / _SIZES[0]
    return Measured(
        took[-1] / (size * context.schedule.epochs), predict, samples=size, growth=min(max(growth, 1.0), 3.0)
    )


def _around(streams: Mapping[str, NDArray[Any] | Ragged], n: int, identity: Identity) -> Samples:
    """Return so many made-up samples of six classes, hard to tell apart, whose numbers lie around those of a real one."""
    import numpy as np

    random = np.random.default_rng(identity.seed)
    labels = np.arange(n, dtype=np.int64) % _CLASSES
    made = {}
    for name, array in streams.items():
        first = array[0]
        flat = first.reshape(1, -1).astype(np.float64)
        classes = random.normal(0, 0.1, (_CLASSES, flat.shape[1]))
        noise = random.normal(0, 0.5, (n, flat.shape[1]))
        around = (flat * (1 + classes[labels] + noise)).reshape(n, *first.shape)
        made[name] = Stream(ragged(list(around)) if isinstance(array, Ragged) else around, np.arange(n))
    names = tuple("abcdef") if identity.kind == "class" else identity.classes
    return Samples(tuple(map(str, range(n))), made, _told(labels, names, identity.kind), names, identity.kind)


def _told(labels: NDArray[np.int64], names: tuple[str, ...], kind: Kind) -> NDArray[Any]:
    """Return made-up labels as a model is told them: votes are even but for one, values lie around the number of a class."""
    import numpy as np

    if kind == "class":
        return labels
    shares = (np.eye(len(names))[labels % len(names)] + 0.5) / (1 + 0.5 * len(names))
    return shares if kind == "distribution" else shares + labels[:, None]


def _context(job: Job, device: str, work: Path, ends: list[float]) -> FitContext:
    began = time.perf_counter()

    def step(samples: int) -> None:
        ends.append(time.perf_counter())
        if len(ends) >= _STEPS or (len(ends) >= 2 and ends[-1] - began > _ENOUGH):
            raise _Enough

    identity = job.cell.identity
    assert identity.schedule is not None
    return FitContext(
        schedule=identity.schedule,
        seed=identity.seed,
        device=device,
        precision=identity.precision,
        work=work,
        step=step,
        epoch=lambda epoch: None,
    )


def _repeated(streams: Mapping[str, NDArray[Any] | Ragged], n: int, identity: Identity, *, labelled: bool) -> Samples:
    """Return so many inputs, all of them of one sample; the classes take turns."""
    import numpy as np

    rows: NDArray[np.int64] = np.zeros(n, dtype=np.int64)
    names, kind = identity.classes, identity.kind
    labels = _told(np.arange(n, dtype=np.int64) % len(names), names, kind) if labelled else None
    made = {name: Stream(array, rows) for name, array in streams.items()}
    return Samples(tuple(map(str, range(n))), made, labels, names, kind)
