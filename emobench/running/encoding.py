"""Encoding before cells run: each dataset once by each encoder, whatever number of cells and processes wait for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import Encoder
from emobench.encoders import Encoded, FittedCell, encode, encoded_folder, find_encoder, weights_hash
from emobench.errors import EmobenchError
from emobench.planning import CELL_PARAMETER, WEIGHTS_PARAMETER, Job
from emobench.plugins import Registry, describe, warn
from emobench.progress import Encoding
from emobench.records import Component
from emobench.running.planned_task import load_task, samples_to_represent
from emobench.splits import Task, Tasks

if TYPE_CHECKING:
    import pandas as pd

_FACTS = (WEIGHTS_PARAMETER, CELL_PARAMETER, "revision")
"""What an identity says of an encoder besides what was set."""


def encoding_of(job: Job, component: Component, task: Task, samples: pd.DataFrame, registry: Registry) -> Encoded:
    """Return what one stream of a cell asks of an encoder.

    Raises:
        EmobenchError: the encoder is not there, or its weights are not those that were planned.
    """
    encoder = _encoder(job, component.name, registry)
    planned = component.parameters.get(WEIGHTS_PARAMETER, "")
    if weights_hash(encoder) != planned:
        what = "its weights changed since the run was planned"
        raise EmobenchError(what, where=f"encoder {component.name!r}", remedy="run the same command again")
    settings = {name: value for name, value in component.parameters.items() if name not in _FACTS}
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
    done: set[Path] = set()
    for job in jobs:
        streams = [
            each for each in job.cell.identity.representations if each.name not in tasks.registry.representations
        ]
        if not streams or job.root is None:
            continue
        try:
            task = load_task(job, tasks)
            samples = samples_to_represent(job, task, task.split)
            for component in streams:
                asked = encoding_of(job, component, task, samples, tasks.registry)
                folder = encoded_folder(asked)
                if folder not in done and not folder.is_dir():
                    _encode(asked, job, component.name)
                done.add(folder)
        except Exception as error:
            warn(f"{job.cell.experiment}: {describe(error)}")


def _encode(asked: Encoded, job: Job, name: str) -> None:
    progress = Encoding(f"{asked.copy.dataset} encoded by {name}", len(asked.samples))
    try:
        encode(asked, job.device, job.threads, progress.advance)
    finally:
        progress.close()
