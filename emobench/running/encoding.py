"""Encoding before cells run: each dataset once by each encoder, whatever number of cells and processes wait for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from emobench.contracts import ENCODER_FACTS, WEIGHTS_FACT, Encoder
from emobench.encoders import Encoded, FittedCell, encode, encoded_folder, find_encoder, weights_hash
from emobench.errors import EmobenchError
from emobench.planning import Job
from emobench.plugins import Registry, describe, warn
from emobench.progress import Encoding
from emobench.records import Component
from emobench.running.planned_task import load_task, samples_to_represent
from emobench.splits import Task, Tasks

if TYPE_CHECKING:
    import pandas as pd


def encoding_of(job: Job, component: Component, task: Task, samples: pd.DataFrame, registry: Registry) -> Encoded:
    """Return what one stream of a cell asks of an encoder.

    Raises:
        EmobenchError: the encoder is not there, or its weights are not those that were planned.
    """
    encoder = _encoder(job, component.name, registry)
    planned = component.parameters.get(WEIGHTS_FACT, "")
    if weights_hash(encoder) != planned:
        what = "its weights changed since the run was planned"
        raise EmobenchError(what, where=f"encoder {component.name!r}", remedy="run the same command again")
    settings = {name: value for name, value in component.parameters.items() if name not in ENCODER_FACTS}
    return Encoded(task.copy, samples, encoder, settings, job.cell.identity.precision, registry)


def _encoder(job: Job, name: str, registry: Registry) -> Encoder:
    place = job.encoders.get(name)
    if place is None:
        found: Encoder = registry.find("encoders", name)
        return found
    if place.cell:
        return FittedCell.of(name, job.run, place.cell, place.files, registry)
    return find_encoder(place.source, registry)


def encode_first(jobs: Iterable[Job], tasks: Tasks) -> None:
    """Encode what some cells need, with all of this machine's threads; what fails is for each of the cells to say.

    The cells find the arrays in the cache. One that runs elsewhere, without them, encodes for itself.
    """
    known: set[str] = set()
    for job in jobs:
        identity = job.cell.identity
        for component in identity.representations if job.root is not None else ():
            # Under a limit the samples are those of the split.
            split = identity.split if job.limit is not None else None
            asked = f"{identity.content} {component.model_dump_json()} {split}"
            if component.name in tasks.registry.representations or asked in known:
                continue
            known.add(asked)
            try:
                _encode(job, component, tasks)
            except Exception as error:
                warn(f"{job.cell.experiment}: {describe(error)}")


def _encode(job: Job, component: Component, tasks: Tasks) -> None:
    task = load_task(job, tasks)
    samples = samples_to_represent(job, task, task.split)
    asked = encoding_of(job, component, task, samples, tasks.registry)
    if encoded_folder(asked).is_dir():
        return
    progress = Encoding(f"{asked.copy.dataset} encoded by {component.name}", len(samples))
    try:
        encode(asked, job.device, job.threads, progress.advance)
    finally:
        progress.close()
