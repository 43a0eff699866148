"""Running one cell: data, split, representation, fit, predict, score; every outcome becomes a record on disk."""

from __future__ import annotations

import operator
import shutil
import traceback
import unicodedata
import warnings
from contextlib import chdir
from pathlib import Path
from typing import Any

from emobench import scoring
from emobench.contracts import CountsMultiplyAdds, Split
from emobench.data import Represented, represent, with_datasets
from emobench.encoders import encode
from emobench.errors import EmobenchError
from emobench.models import (
    FittedModel,
    ModelInputs,
    apply_ablation,
    check_predictions,
    load_fitted,
    model_inputs,
    pool_views,
    predicted,
)
from emobench.planning import Job, Seen
from emobench.plugins import Registry, installed_plugins, package_hash, sources_of
from emobench.records import (
    MODEL,
    PREDICTIONS,
    WORK,
    CellEnded,
    CellStarted,
    Dropped,
    EventHandler,
    Failure,
    PartCount,
    Record,
    cell_folder,
    predictions_table,
    read_predictions,
    timestamp,
    version,
    write_predictions,
    write_record,
)
from emobench.running import class_order
from emobench.running.derived_cell import fuse_members, pool_folds
from emobench.running.encoding import encoding_of
from emobench.running.environment import PeakMemory, describe_environment
from emobench.running.fitting import build_model_of, fit
from emobench.running.notes import Notes
from emobench.running.planned_task import load_task, samples_to_represent
from emobench.splits import Task, Tasks
from emobench.storage import whole_folder


def run_cell(job: Job, report: EventHandler, tasks: Tasks | None = None) -> Record:
    """Compute a cell and write its predictions, its model and its record.

    An exception of any part becomes a failed record with its traceback. What a failed or interrupted cell had learnt stays
    in its work folder, and the next call goes on from there.

    Args:
        job: the cell and where its data is.
        report: called with each event, in the process that computes the cell.
        tasks: what was opened and divided already, with its registry; nothing, with the process's own registry, by default.

    Raises:
        KeyboardInterrupt: the user stopped it; no record is written.
        EmobenchError: the record cannot be written.
    """
    tasks = tasks or Tasks(installed_plugins())
    tasks.know(each.dataset for each in job.described)
    notes, failure, scores = Notes(job.cell.id, report), None, {}
    report(CellStarted(cell=job.cell.id))
    identity, folder = job.cell.identity, cell_folder(job.run, job.cell.id)
    started, environment = timestamp(), describe_environment(job.device, job.threads)
    with warnings.catch_warnings(record=True) as caught, PeakMemory() as memory:
        warnings.simplefilter("always")
        try:
            if identity.fusion:
                fuse_members(job, tasks.registry, notes)
            elif identity.folds:
                pool_folds(job, notes)
            else:
                _fit_and_predict(job, tasks, notes)
            with notes.phase("score"):
                table, metrics = read_predictions(folder / PREDICTIONS), tasks.registry.metrics.values()
                scores = scoring.score(table, identity.classes, identity.test_parts, metrics, identity.target)
        except (Exception, SystemExit) as error:
            failure = Failure(
                kind=type(error).__name__,
                message=_without_controls(str(error) or repr(error)),
                traceback=_without_controls(traceback.format_exc()),
            )
    record = _written(
        job,
        tasks.registry,
        failure=failure,
        counts=notes.counts,
        dropped=notes.dropped,
        learnt=notes.learnt,
        scores=scores,
        selection=notes.selection,
        parameters=notes.parameters,
        multiply_adds=notes.multiply_adds,
        class_order=notes.class_order,
        history=tuple(notes.history),
        warnings=tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)),
        phases=notes.phases,
        peak_memory=memory.bytes,
        environment=environment,
        started=started,
    )
    if failure is None:
        shutil.rmtree(folder / WORK, ignore_errors=True)
    report(CellEnded(record=record))
    return record


def _without_controls(text: str) -> str:
    """Return a text with a question mark for what no file in UTF-8 can hold and what would steer a terminal."""
    return "".join("?" if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" else char for char in text)


def failed_record(job: Job, kind: str, message: str) -> Record:
    """Write and return the record of a cell whose process could not write one."""
    registry = with_datasets(installed_plugins(), [each.dataset for each in job.described])
    return _written(job, registry, failure=Failure(kind=kind, message=message), started=timestamp())


def _written(job: Job, registry: Registry, *, failure: Failure | None, **known: Any) -> Record:
    record = Record(
        emobench=version(),
        core=package_hash(),
        cell=job.cell,
        status="failed" if failure else "finished",
        failure=failure,
        sources=sources_of(job.cell, registry),
        finished=timestamp(),
        **known,
    )
    write_record(job.run, record)
    return record


def _fit_and_predict(job: Job, tasks: Tasks, notes: Notes) -> None:
    import numpy as np

    from emobench import devices

    identity, plugins = job.cell.identity, tasks.registry
    assert identity.model is not None
    with notes.phase("data"):
        task = load_task(job, tasks)
        ready = identity.trained or identity.fitted_on
        split = _without_fitting(task.split, job.seen) if identity.trained else task.split
    with notes.phase("represent"):
        represented = _represent(job, task, split, plugins, notes)
        seen = dict.fromkeys(job.seen.samples, job.seen.reason)
        parts = model_inputs(task.samples, split, identity.classes, represented, seen, identity.kind)
        if identity.control is not None:
            parts = apply_ablation(parts, identity.control)
    notes.counts, notes.dropped = _used(parts) if ready else (parts.counts, parts.dropped)
    notes.begin("build", 0)
    # A model that changes the working folder must not move what this cell and the next ones write.
    with devices.reproducible(identity.seed, job.threads), chdir(Path.cwd()):
        shapes = tuple(stream.array.shape[1:] for stream in parts.to_predict.streams.values())
        if identity.fitted_on:
            model = build_model_of(job, shapes, plugins)
        elif identity.trained:
            place = job.run, identity.trained, plugins
            model = load_fitted(*place, shapes=shapes, files=job.files, device=job.device)
        else:
            model = fit(job, parts, shapes, plugins, notes)
        with notes.phase("predict"):
            probabilities = np.asarray(predicted(model, parts.to_predict))
        if identity.fitted_on and identity.control is None:
            notes.class_order = class_order.probe(model, parts, probabilities[:: parts.views], identity)
    ids = [sample for sample in parts.truth["sample_id"] for _ in range(parts.views)]
    check_predictions(probabilities, ids, len(identity.classes), f"model {identity.model.name!r}", identity.kind)
    if identity.pool is not None:
        fusion = plugins.find("fusions", identity.pool.name)
        probabilities = pool_views(fusion, probabilities, parts.views)
        of_samples = ids[:: parts.views]
        check_predictions(probabilities, of_samples, len(identity.classes), f"fusion {fusion.name!r}", identity.kind)
    counted = model.parameter_count()
    notes.parameters = None if counted is None else operator.index(counted)
    counting = model.model if isinstance(model, FittedModel) else model
    if isinstance(counting, CountsMultiplyAdds):
        notes.multiply_adds = operator.index(counting.multiply_adds(parts.to_predict))
    folder = cell_folder(job.run, job.cell.id)
    shutil.rmtree(folder / MODEL, ignore_errors=True)
    if job.keep_model and not ready:
        with whole_folder(folder / MODEL) as temporary:
            model.save(temporary)
    write_predictions(folder / PREDICTIONS, predictions_table(identity.classes, probabilities, parts.truth))


def _without_fitting(split: Split, seen: Seen) -> Split:
    """Return the parts that concern a model which is fitted already; on its own data, its validation part is none of them.

    Raises:
        EmobenchError: a test part holds nothing but what the model was fitted on.
    """
    parts, fitted = {}, set(seen.samples)
    for part, ids in split.parts.items():
        known = fitted.issuperset(ids)
        if known and part in split.test_parts:
            raise EmobenchError(
                f"nothing of the part {part!r} is new to the model, e.g. {ids[0]!r}: {seen.reason}",
                remedy="apply it to other data",
            )
        if part != "train" and not known:
            parts[part] = ids
    return Split(parts)


def _used(parts: ModelInputs) -> tuple[dict[str, PartCount], tuple[Dropped, ...]]:
    """Return what is counted of a model that is fitted already: the training part is none of it."""
    counts = {part: counted for part, counted in parts.counts.items() if part != "train"}
    return counts, tuple(sample for sample in parts.dropped if sample.part != "train")


def _represent(job: Job, task: Task, split: Split, plugins: Registry, notes: Notes) -> dict[str, Represented]:
    identity = job.cell.identity
    wanted = samples_to_represent(job, task, split)
    represented = {}
    for component in identity.representations:
        if component.name not in plugins.representations:
            notes.begin("encode", len(wanted))
            asked = encoding_of(job, component, task, wanted, plugins)
            represented[component.name] = encode(asked, job.device, job.threads, notes.step)
            continue
        notes.begin("represent", len(wanted))
        represented[component.name] = represent(
            task.dataset,
            task.copy,
            wanted,
            plugins.find("representations", component.name),
            component.parameters,
            plugins,
            notes.step,
        )
    return represented
