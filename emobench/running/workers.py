"""Where cells run: in this process, or in several processes on this machine. A cluster would be another case here.

A cell goes out as JSON. What it reports comes back through a file of JSON lines, its record in the last one: a process can
write it and another one read it without either waiting.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import TextIO

import psutil

from emobench.decoding import compile_sound_functions
from emobench.planning import Job
from emobench.plugins import installed_plugins
from emobench.records import EVENT, Advanced, CellEnded, Event, EventHandler, cell_folder, finished
from emobench.running.cell import failed_record, run_cell
from emobench.splits import Tasks

_EVENTS = "events.jsonl"
_POLL = 0.2
_FLUSH = 0.5
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_jobs(jobs: list[Job], report: EventHandler, workers: int, tasks: Tasks | None = None) -> None:
    """Run jobs inline, or in processes where there is more than one to use and more than one to do.

    Args:
        jobs: what to compute; none needs the result of another.
        report: called in this process with every event. Each job ends with :class:`emobench.records.CellEnded`.
        workers: number of processes.
        tasks: what was opened and divided already, with its registry. Another process knows the installed plugins alone:
            any other registry needs one worker.
    """
    installed_plugins()  # what is broken is reported once, here, and not in the middle of the progress display
    if workers > 1:
        # Also for a single job: the last one of an interrupted run goes on with the threads that it began with.
        share = max(1, (os.cpu_count() or 1) // workers)
        jobs = [job.model_copy(update={"threads": share}) for job in jobs]
        if len(jobs) > 1:
            run_processes(jobs, report, workers)
            return
        tasks = None
    tasks = tasks or Tasks(installed_plugins())
    for job in jobs:
        run_cell(job, report, tasks)


def run_processes(jobs: list[Job], report: EventHandler, workers: int) -> None:
    """Run jobs in ``workers`` processes that share this machine's cores.

    When a process dies (killed because memory ran out, say), the jobs that had not ended are run again, each alone: the one
    that dies again gets a failed record, the others their results.
    """
    for job in _run_pool(jobs, report, workers):
        if _run_pool([job], report, 1):
            message = "the process that ran this cell died, perhaps because memory ran out"
            report(CellEnded(record=failed_record(job, "ProcessDied", message)))


def _run_pool(jobs: list[Job], report: EventHandler, workers: int) -> list[Job]:
    """Run jobs in a pool, and return those that had not ended when a process of the pool died."""
    from joblib.externals.loky import ProcessPoolExecutor

    representations = installed_plugins().representations
    named = {used.name for job in jobs for used in job.cell.identity.representations}
    used = {representations[name].modality for name in named if name in representations}
    if workers > 1 and "audio" in used:
        compile_sound_functions()
    # Numeric libraries read their number of threads when they start; estimators have no other way to be told.
    pool = ProcessPoolExecutor(max_workers=workers, env=dict.fromkeys(_THREAD_VARIABLES, str(jobs[0].threads or 1)))
    left = []
    try:
        readers = {job.cell.id: _EventReader(_events_of(job)) for job in jobs}
        futures: dict[Future[None], Job] = {pool.submit(_work, job.model_dump_json(), os.getpid()): job for job in jobs}
        while futures:
            time.sleep(_POLL)
            for future, job in list(futures.items()):
                done = future.done()  # asked first: nothing is written after it
                reader = readers[job.cell.id]
                for event in reader.read():
                    report(event)
                if done:
                    del futures[future]
                    if end := reader.close() or _end_without_event(job, future):
                        report(end)
                    else:
                        left.append(job)
    finally:
        pool.shutdown(wait=False, kill_workers=True)
    return left


def _end_without_event(job: Job, future: Future[None]) -> CellEnded | None:
    """Return the end of a job that could not report it; ``None`` if its process died before there was a result."""
    record = finished(job.run, job.cell.id)
    error = future.exception()
    if record is None:
        if isinstance(error, BrokenExecutor):
            return None
        record = failed_record(job, type(error).__name__, str(error))
    return CellEnded(record=record)


# ------------------------------------------------------------------------------------------------ worker and file


def _work(job_json: str, parent: int) -> None:
    """Run one job in a worker process."""
    job = Job.model_validate_json(job_json)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    path = _events_of(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        run_cell(job, _EventWriter(file), _tasks())


@functools.cache
def _tasks() -> Tasks:
    """Return what a worker process opened and divided; it ends with the jobs that were planned together."""
    return Tasks(installed_plugins())


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: a killed run must not compute beside the next one."""
    while psutil.pid_exists(parent):
        time.sleep(1)
    os._exit(1)


def _events_of(job: Job) -> Path:
    return cell_folder(job.run, job.cell.id) / _EVENTS


class _EventWriter:
    """Writes events as JSON lines; samples are added up and written twice a second, and before any other event."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._samples, self._last = 0, time.monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Advanced):
            self._samples += event.samples
            if time.monotonic() - self._last > _FLUSH:
                self._write_samples(event.cell)
        else:
            self._write_samples(event.cell)
            self._write(event)

    def _write_samples(self, cell: str) -> None:
        if self._samples:
            self._write(Advanced(cell=cell, samples=self._samples))
        self._samples, self._last = 0, time.monotonic()

    def _write(self, event: Event) -> None:
        self._file.write(json.dumps(event.model_dump(mode="json")) + "\n")  # pydantic's own refuses half characters
        self._file.flush()


class _EventReader:
    """Follows the event file of one job, from its beginning and never twice."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path, self._position = path, 0
        self._end: CellEnded | None = None

    def read(self) -> Iterator[Event]:
        """Yield what is new; the end is kept until :meth:`close`."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):  # the writer is in the middle of it
                    break
                self._position += len(line)
                event = EVENT.validate_python(json.loads(line))
                if isinstance(event, CellEnded):
                    self._end = event
                else:
                    yield event

    def close(self) -> CellEnded | None:
        """Remove the file, and return the end if there was one: by then the folder holds nothing but what the cell left."""
        self._path.unlink(missing_ok=True)
        return self._end
