"""Where cells run: in this process, or in several processes on this machine.

A cell goes out as JSON and comes back as JSON; what it reports meanwhile comes back through a file of JSON lines, which a
process can write and another one read without either waiting.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import psutil

from emobench.contracts import Epoch
from emobench.planning import Job
from emobench.plugins import registry
from emobench.records import Record, cell_folder
from emobench.runner import failed_record, run_cell
from emobench.tasks import Tasks

_EVENTS = "events.jsonl"
_POLL = 0.2
_FLUSH = 0.5


class Observer(Protocol):
    """What the main process is told while jobs run."""

    def started(self, job: Job) -> None:
        """A job begins."""

    def phase(self, job: Job, name: str, total: int) -> None:
        """A phase of it begins."""

    def step(self, job: Job, samples: int) -> None:
        """So many samples more are done."""

    def epoch(self, job: Job, epoch: Epoch) -> None:
        """An epoch ended."""

    def ended(self, job: Job, record: Record) -> None:
        """A job ended."""


class _Inline:
    """Hands what a cell reports straight to the observer."""

    def __init__(self, job: Job, observer: Observer) -> None:
        self._job, self._observer = job, observer

    def phase(self, name: str, total: int) -> None:
        self._observer.phase(self._job, name, total)

    def step(self, samples: int) -> None:
        self._observer.step(self._job, samples)

    def epoch(self, epoch: Epoch) -> None:
        self._observer.epoch(self._job, epoch)


def run_inline(jobs: list[Job], observer: Observer, tasks: Tasks | None = None) -> Iterator[Record]:
    """Run jobs one after another in this process, with what it opened and divided already, and the registry of that."""
    tasks = tasks or Tasks(registry())
    for job in jobs:
        observer.started(job)
        record = run_cell(job, _Inline(job, observer), tasks.registry, tasks)
        observer.ended(job, record)
        yield record


# ------------------------------------------------------------------------------------------------ processes


class _EventFile:
    """Writes what a cell reports as JSON lines; steps are added up and written twice a second."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8")
        self._steps, self._last = 0, time.monotonic()

    def _write(self, *event: object) -> None:
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()

    def phase(self, name: str, total: int) -> None:
        self._steps = 0
        self._write("phase", name, total)

    def step(self, samples: int) -> None:
        self._steps += samples
        if time.monotonic() - self._last > _FLUSH:
            self._write_steps()

    def _write_steps(self) -> None:
        self._write("step", self._steps)
        self._steps, self._last = 0, time.monotonic()

    def epoch(self, epoch: Epoch) -> None:
        self._write_steps()
        self._write("epoch", asdict(epoch))


class _EventReader:
    """Follows the event file of one job, from its beginning and never twice."""

    def __init__(self, job: Job) -> None:
        self._path = cell_folder(job.run, job.cell.id) / _EVENTS
        self._path.unlink(missing_ok=True)
        self._job, self._position, self._announced = job, 0, False

    def relay(self, observer: Observer) -> None:
        if not self._path.exists():
            return
        if not self._announced:
            self._announced = True
            observer.started(self._job)
        with self._path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):  # the writer is in the middle of it
                    break
                self._position += len(line)
                self._tell(json.loads(line), observer)

    def _tell(self, event: list[object], observer: Observer) -> None:
        if event[0] == "phase":
            observer.phase(self._job, str(event[1]), int(str(event[2])))
        elif event[0] == "step":
            observer.step(self._job, int(str(event[1])))
        elif isinstance(event[1], dict):
            observer.epoch(self._job, Epoch(**event[1]))

    def end(self, observer: Observer, record: Record) -> None:
        self.relay(observer)
        self._path.unlink(missing_ok=True)
        observer.ended(self._job, record)


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: a killed run must not go on computing behind the next one."""
    while psutil.pid_exists(parent):
        time.sleep(1)
    os._exit(1)


def _work(job_json: str, parent: int) -> str:
    """Run one job in a worker process: JSON in, JSON out."""
    job = Job.model_validate_json(job_json)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    events = _EventFile(cell_folder(job.run, job.cell.id) / _EVENTS)
    return run_cell(job, events, tasks=_tasks()).model_dump_json()


@functools.cache
def _tasks() -> Tasks:
    """Return what a worker process opened and divided; it ends with the jobs that were planned together."""
    return Tasks(registry())


def run_processes(jobs: list[Job], observer: Observer, workers: int) -> Iterator[Record]:
    """Run jobs in ``workers`` processes that share this machine's cores.

    When a process dies (killed for want of memory, say), the jobs that had not ended are run again, each alone: the one
    that dies again gets a failed record, the others their results.
    """
    left = list(jobs)
    broken = False
    for record, job in _pool(left, observer, workers):
        if record is None:
            broken = True
            continue
        left.remove(job)
        yield record
    if not broken:
        return
    for job in left:
        for record, _ in _pool([job], observer, 1):
            if record is None:
                record = failed_record(
                    job, "ProcessDied", "the process that ran this cell died, perhaps for want of memory"
                )
                observer.ended(job, record)
            yield record


def _pool(jobs: list[Job], observer: Observer, workers: int) -> Iterator[tuple[Record | None, Job]]:
    """Yield each job with its record, or with ``None`` if its process pool broke before it ended."""
    from joblib.externals.loky import ProcessPoolExecutor

    if workers > 1 and any(_hears(job) for job in jobs):
        compile_sound_functions()
    # Numeric libraries read their number of threads when they start; estimators have no other way to be told.
    threads = {
        name: str(jobs[0].threads or 1) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    }
    pool = ProcessPoolExecutor(max_workers=workers, env=threads)
    try:
        readers = {job.cell.id: _EventReader(job) for job in jobs}
        futures: dict[Future[str], Job] = {pool.submit(_work, job.model_dump_json(), os.getpid()): job for job in jobs}
        while futures:
            time.sleep(_POLL)
            for future, job in list(futures.items()):
                reader = readers[job.cell.id]
                reader.relay(observer)
                if future.done():
                    del futures[future]
                    record = _result(future, job)
                    if record is not None:
                        reader.end(observer, record)
                    yield record, job
    finally:
        pool.shutdown(wait=False, kill_workers=True)


def _hears(job: Job) -> bool:
    representations = registry().representations
    return any(representations[one.name].modality == "audio" for one in job.cell.identity.representations)


def compile_sound_functions() -> None:
    """Let this process alone compile what librosa compiles with numba, before several processes need it.

    numba keeps what it compiled on the disk, for all processes. Two that compile the same function at once can leave an
    index there that belongs to neither's code; from then on every process that calls the function is killed (seen with
    numba 0.68 on a fresh installation). Where it is compiled already, this takes the time of importing librosa.
    """
    import librosa
    import numpy as np

    noise = np.random.default_rng(0).normal(0, 0.1, 8192).astype(np.float32)
    power = np.abs(librosa.stft(noise)) ** 2
    librosa.piptrack(S=power, sr=16_000)
    librosa.feature.mfcc(y=noise, sr=16_000)
    librosa.feature.chroma_stft(S=power, sr=16_000)
    librosa.resample(noise, orig_sr=16_000, target_sr=22_050)
    librosa.effects.trim(noise)
    librosa.effects.pitch_shift(noise, sr=16_000, n_steps=1)
    librosa.yin(noise, fmin=100, fmax=400, sr=16_000)


def _result(future: Future[str], job: Job) -> Record | None:
    try:
        return Record.model_validate_json(future.result())
    except BrokenExecutor:
        return None
    except Exception as error:
        return failed_record(job, type(error).__name__, str(error))


def run_jobs(jobs: list[Job], observer: Observer, workers: int, tasks: Tasks | None = None) -> Iterator[Record]:
    """Run jobs inline, or in processes where there is more than one to use and more than one to do.

    Another process knows the installed plugins alone: a registry of one's own goes with one worker.
    """
    registry()  # what is broken is reported once, here, and not in the middle of the progress line
    if workers == 1:
        return run_inline(jobs, observer, tasks)
    # Also for a single job: the last one of an interrupted run goes on with the threads that it began with.
    share = max(1, (os.cpu_count() or 1) // workers)
    jobs = [job.model_copy(update={"threads": share}) for job in jobs]
    return run_processes(jobs, observer, workers) if len(jobs) > 1 else run_inline(jobs, observer)
