"""What the cells of a plan will take: time, memory and disk, from recorded cells or from a few measured steps."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from emobench import devices
from emobench.data import array_folder
from emobench.errors import EmobenchError
from emobench.planning import Job, Plan
from emobench.records import Identity, Provenance, Record, read_record
from emobench.running.calibration import Measured, measure_input, measure_model
from emobench.running.environment import OtherLoad
from emobench.running.planned_task import load_task, samples_to_represent

Source = Literal["records", "steps", "other machine", ""]
PUBLISHED = Path("leaderboards")
"""Boards in the working folder, whose records count as those of earlier runs do."""

_SHORT = 10.0
"""Seconds; a cell that took less on another machine is not worth measuring for."""
_BUDGET = 180.0
"""Seconds for all measured steps of a plan together."""
_THREADS = 0.6
"""Seconds fall with the number of threads to this power; not used for more than a doubling."""
_DERIVED = 1.0
"""Seconds of a cell that is made from predictions."""
_WEIGHT = 4
"""Bytes of a weight."""
_CHECKPOINT = 3
"""Numbers in a checkpoint for each weight: itself, and two of the optimiser's."""


@dataclass(frozen=True)
class Machine:
    """Where a cell computes: device, its own name for itself, and threads."""

    device: str
    name: str
    threads: int

    @classmethod
    def here(cls, device: str, workers: int) -> Machine:
        """Return this machine, as a run with so many processes uses it."""
        import torch

        chosen = devices.resolve(device)
        share = max(1, (os.cpu_count() or 1) // workers)
        return cls(chosen, devices.name(chosen), share if workers > 1 else torch.get_num_threads())

    @classmethod
    def of(cls, record: Record) -> Machine:
        """Return the machine of a record."""
        facts = record.environment
        return cls(str(facts.get("device")), str(facts.get("device_name")), int(facts.get("threads") or 1))

    def times(self, other: Machine) -> float | None:
        """Return what seconds there are multiplied by to have seconds here; ``None`` if they tell nothing of these."""
        ratio = other.threads / self.threads
        same = (self.device, self.name) == (other.device, other.name) and 0.5 <= ratio <= 2
        return ratio**_THREADS if same else None


@dataclass(frozen=True)
class Cost:
    """What a cell will take.

    Attributes:
        seconds: wall time; ``None`` where nothing tells it.
        memory: highest resident memory, in bytes.
        disk: what it leaves in the run folder and in the cache, in bytes.
        working: what its checkpoint needs meanwhile, in bytes.
        source: what tells it; empty where nothing does.
    """

    seconds: float | None = None
    memory: int | None = None
    disk: int = 0
    working: int = 0
    source: Source = ""


@dataclass(frozen=True)
class Estimate:
    """What the cells that have no result yet will take.

    Attributes:
        cells: by their ids.
        workers: how many of them run at a time.
        busy: share of the processors that other programs used while steps were measured.
    """

    cells: dict[str, Cost]
    workers: int = 1
    busy: float = 0.0

    @property
    def expected(self) -> dict[str, float]:
        """Seconds of each cell whose time is known, by its id."""
        return {cell: cost.seconds for cell, cost in self.cells.items() if cost.seconds is not None}

    @property
    def seconds(self) -> float:
        """Wall time of all that is known, in seconds."""
        known = list(self.expected.values())
        return max([sum(known) / self.workers, *known], default=0.0)

    @property
    def disk(self) -> int:
        """What all cells leave, with the largest checkpoints that exist at a time, in bytes."""
        working = sorted((cost.working for cost in self.cells.values()), reverse=True)
        return sum(cost.disk for cost in self.cells.values()) + sum(working[: self.workers])

    @property
    def memory(self) -> int:
        """Highest memory of the cells that run at a time, in bytes."""
        return sum(sorted((cost.memory or 0 for cost in self.cells.values()), reverse=True)[: self.workers])

    @property
    def unknown(self) -> int:
        """Number of cells whose time nothing tells."""
        return sum(cost.seconds is None for cost in self.cells.values())


def estimate(
    plan: Plan, device: str = "auto", workers: int = 1, *, keep_models: bool = False, measure: bool = True
) -> Estimate:
    """Estimate what the cells of a plan that have no result yet will take on this machine.

    Recorded cells of the same model and input are looked for in the folder of runs and in :data:`PUBLISHED`. Where none was
    on such a machine, a few steps of training are measured, for some three minutes altogether, unless ``measure`` is false.
    Where no cell on a twin was recorded, records of data tell which ones are long beside others.

    Raises:
        EmobenchError: the device is not there.
    """
    here = Machine.here(device, workers)
    records = list(usable(_records((plan.run.parent, PUBLISHED))))
    estimator = _Estimator(plan, here, records, keep_models, budget=_BUDGET if measure else 0.0)
    cells = {job.cell.id: estimator.cost(job) for job in plan.todo}
    return Estimate(cells, workers, estimator.load.processors / (os.cpu_count() or 1))


def _records(folders: Iterable[Path]) -> Iterator[Record]:
    for folder in folders:
        for path in sorted(folder.glob("**/cells/*/record.json")):
            with suppress(EmobenchError):  # whoever needs it will say so
                yield read_record(path)


def usable(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records that tell what a model takes: finished, at one go, with a model of their own."""
    for record in records:
        identity = record.cell.identity
        if record.status == "finished" and record.phases and identity.model and not identity.folds:
            yield record


def fit_rate(record: Record) -> float | None:
    """Return the seconds of fitting for a sample and an epoch; ``None`` where nothing was fitted."""
    train, how = record.counts.get("train"), record.cell.identity.schedule
    if train is None or how is None or "fit" not in record.phases or not train.attempted:
        return None
    return own_seconds(record, "fit") / (train.attempted * how.epochs)


def predict_rate(record: Record) -> float | None:
    """Return the seconds of predicting for a sample."""
    predicted = sum(count.attempted for part, count in record.counts.items() if part != "train")
    return own_seconds(record, "predict") / predicted if predicted and "predict" in record.phases else None


def own_seconds(record: Record, phase: str) -> float:
    """Return the wall time of a phase; on a CPU its processor time, if that is less: the rest went to other programs."""
    took = record.phases[phase]
    return min(took.wall, took.cpu or took.wall) if record.environment.get("device") == "cpu" else took.wall


def of_kind(provenance: Provenance, records: Iterable[Record]) -> list[Record]:
    """Return the records on twins for a twin, and all others for data: most of the time on a twin is none of training."""
    return [record for record in records if (record.cell.provenance == "synthetic") == (provenance == "synthetic")]


def related(identity: Identity, records: Sequence[Record]) -> list[Record]:
    """Return the records of the same model and input; those with its very parameters, if there are any."""
    assert identity.model is not None
    same = [
        record
        for record in records
        if (known := record.cell.identity).model is not None
        and known.model.name == identity.model.name
        and known.representations == identity.representations
        and known.precision == identity.precision
    ]
    exact = [record for record in same if record.cell.identity.model == identity.model]
    return exact or same


def from_records(records: Sequence[Record], here: Machine, *, anywhere: bool = False) -> Measured | None:
    """Return what records tell of a model on a machine; ``anywhere``: of other machines too, as if they were this one.

    The median, since single cells ran beside other work.
    """
    fits, predictions, used = [], [], []
    for record in records:
        factor = here.times(Machine.of(record)) or (1.0 if anywhere else None)
        if factor is not None:
            used.append(record)
            fits += [factor * rate] if (rate := fit_rate(record)) is not None else []
            predictions += [factor * rate] if (rate := predict_rate(record)) is not None else []
    if not used:
        return None
    return Measured(
        fit=median(fits) if fits else None,
        predict=median(predictions) if predictions else 0.0,
        memory=max(record.peak_memory for record in used) or None,
        parameters=max(record.parameters or 0 for record in used) or None,
    )


class _Estimator:
    """Estimates cells one after another: who comes first computes the arrays that others find in the cache."""

    def __init__(self, plan: Plan, here: Machine, records: list[Record], keep_models: bool, *, budget: float) -> None:
        self._plan, self._here, self._records = plan, here, records
        self._kept = {cell for job in plan.jobs for cell in job.cell.identity.uses_models}
        self._keep_models = keep_models
        self._steps: dict[str, Measured | None] = {}
        self._arrays: set[Path] = set()
        self._measures, self._left = budget > 0, budget
        self.load = OtherLoad()

    def cost(self, job: Job) -> Cost:
        """Return what a cell will take."""
        identity = job.cell.identity
        if identity.model is None or identity.folds:
            return Cost(seconds=_DERIVED, source="records")
        try:
            return self._of_model(job)
        except Exception:  # what is wrong with data or model is for the run to say, with the cell's name
            return Cost()

    def _of_model(self, job: Job) -> Cost:
        identity = job.cell.identity
        task = load_task(job, self._plan.tasks)
        train = 0 if identity.trained or identity.fitted_on else len(task.split.parts.get("train", ()))
        predicted = sum(len(ids) for part, ids in task.split.parts.items() if part != "train")
        seconds, disk = self._representing(job)
        epochs = identity.schedule.epochs if identity.schedule else 0
        epochs *= math.prod(map(len, identity.grid.values()))
        rates, source = self._rates(job, train * epochs)
        if rates is None or (train and rates.fit is None):
            return Cost(disk=disk)
        seconds += (train * epochs * (rates.fit or 0.0) + predicted * rates.predict) * rates.of(train)
        model = 0 if identity.trained or identity.fitted_on else _WEIGHT * (rates.parameters or 0)
        kept = model if self._keep_models or job.cell.id in self._kept else 0
        return Cost(seconds, rates.memory, disk + kept, _CHECKPOINT * model, source)

    def _rates(self, job: Job, work: int) -> tuple[Measured | None, Source]:
        """Return what the model costs, and what tells it; ``work``: number of samples times epochs."""
        identity = job.cell.identity
        twin = job.cell.provenance == "synthetic"
        near = related(identity, of_kind(job.cell.provenance, self._records))
        near = near or (related(identity, self._records) if twin else [])
        here = from_records(near, self._here)
        if here and (here.fit is not None or not work):
            return here, "records"
        elsewhere = from_records(near, self._here, anywhere=True)
        key = f"{identity.model}{identity.representations}{identity.precision}"
        long = elsewhere is None or elsewhere.fit is None or work * elsewhere.fit > _SHORT
        if (work or identity.fitted_on) and long and key not in self._steps:
            self._steps[key] = self._measured(job)
        if steps := self._steps.get(key):
            return steps, "steps"
        return elsewhere, "other machine" if elsewhere else ""

    def _representing(self, job: Job) -> tuple[float, int]:
        """Return seconds and bytes of the arrays that are not there yet."""
        seconds, size = 0.0, 0
        if not self._measures:
            return seconds, size
        task = load_task(job, self._plan.tasks)
        samples = samples_to_represent(job, task, task.split)
        for component in job.cell.identity.representations:
            registry = self._plan.tasks.registry
            if component.name not in registry.representations:
                continue  # what an encoder takes is not estimated
            representation = registry.find("representations", component.name)
            folder = array_folder(task.dataset, task.copy, samples, representation, component.parameters, registry)
            if folder not in self._arrays and not folder.exists():
                each = measure_input(task, samples, component, registry)
                seconds += each[0] * len(samples)
                size += each[1] * len(samples)
            self._arrays.add(folder)
        return seconds, size

    def _measured(self, job: Job) -> Measured | None:
        """Return what a few steps tell, while there is time for them."""
        if self._left <= 0:
            return None
        began = time.monotonic()
        try:
            tasks = self._plan.tasks
            with self.load:
                return measure_model(job, load_task(job, tasks), tasks, self._here.device, self._here.threads)
        except Exception:  # as in cost()
            return None
        finally:
            self._left -= time.monotonic() - began
