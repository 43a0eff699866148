"""Running a suite: plan, cells, boards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from emobench import boards, claims, devices
from emobench.planning import Job, Plan, Request, make_plan, waves
from emobench.plugins import Registry, installed_plugins
from emobench.progress import Progress
from emobench.records import (
    PREDICTIONS,
    CellEnded,
    CellStarted,
    EpochEnded,
    Event,
    Record,
    Skipped,
    adopt_cell,
    cell_folder,
    read_attributes,
    read_predictions,
    read_records,
    write_attributes,
    write_record,
)
from emobench.running.audits import audit_plan, keep_back
from emobench.running.encoding import encode_first
from emobench.running.lock import run_lock
from emobench.running.workers import run_jobs

Announce = Callable[[Plan], Mapping[str, float]]
"""Shows a plan before anything is computed, and returns the seconds that its cells will take, of those that it knows."""


@dataclass(frozen=True)
class SuiteRun:
    """What a run left behind.

    Attributes:
        plan: what was to be done.
        records: a record for each cell, in the order of the plan.
        board: their leaderboard.
    """

    plan: Plan
    records: tuple[Record, ...]
    board: boards.Board

    @property
    def failed(self) -> tuple[Record, ...]:
        """Records of the cells that failed."""
        return tuple(record for record in self.records if record.status == "failed")

    @property
    def unusable(self) -> tuple[Skipped, ...]:
        """Experiments whose data is there and cannot be used."""
        return tuple(skip for skip in self.plan.skipped if skip.unusable)


def run_suite(
    request: Request,
    *,
    device: str = "auto",
    workers: int = 1,
    keep_models: bool = False,
    announce: Announce | None = None,
    listeners: Iterable[object] = (),
) -> SuiteRun:
    """Run a suite: compute the cells that have no result yet, and write the boards.

    Args:
        request: what to run.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        workers: number of processes.
        keep_models: keep every fitted model; otherwise those alone that another cell of the plan applies.
        announce: called with the plan before anything is computed, see :data:`Announce`.
        listeners: objects whose methods implement event hooks (marked with :data:`emobench.hookimpl`), for this run alone.

    Returns:
        The records of all cells of the plan. Cells that failed have failed records, and are tried again by the next call.

    Raises:
        EmobenchError: the request cannot be carried out, or a result cannot be written.
    """
    devices.check_device(device)
    plugins = installed_plugins()
    plan = make_plan(request, plugins)
    plugins = plan.tasks.registry  # with the datasets that no plugin has
    check_plan(plan, plugins, device)
    # What is refused leaves nothing behind, not even the lock.
    with run_lock(plan.run), plugins.listening(listeners):
        return run_plan(plan, plugins, device, workers, keep_models=keep_models, announce=announce)


def check_plan(plan: Plan, plugins: Registry, device: str) -> None:
    """Refuse what can be refused before anything is computed: a mistake in the suite's ledger, a device that is not there.

    Whether a device is needed is told by what lies on the disk alone: nothing is read before the run folder is held.

    Raises:
        EmobenchError: one of these.
    """
    if any(part.claims for part in plan.suite.parts):
        claims.find_ledger(plan.suite, plugins)
    if device != "auto" and any(not (cell_folder(plan.run, job.cell.id) / PREDICTIONS).exists() for job in plan.jobs):
        devices.resolve(device)


def run_plan(
    plan: Plan,
    plugins: Registry,
    device: str,
    workers: int,
    *,
    keep_models: bool = False,
    announce: Announce | None = None,
) -> SuiteRun:
    """Compute what has no result yet, and write the boards; whoever calls holds the run folder, see :func:`run_lock`."""
    expected = announce(plan) if announce else {}
    known = dict(plan.done)
    for cell in known:
        if plan.there[cell][0] != cell_folder(plan.run, cell):
            adopt_cell(plan.there[cell][0], plan.run)
    todo = plan.todo
    reports = audit_plan(plan)
    if todo:
        chosen = devices.resolve(device)
        applied = {cell for job in plan.jobs for cell in job.cell.identity.uses_models}
        todo = [
            job.model_copy(update={"device": chosen, "keep_model": keep_models or job.cell.id in applied})
            for job in todo
        ]
        known |= _compute(todo, keep_back(plan, todo, reports), plan, workers, expected)
    records = []
    for job in plan.jobs:
        record = known[job.cell.id]
        if record.cell != job.cell:  # the suite, or the data's provenance, says something else of it now
            record = record.model_copy(update={"cell": job.cell})
            write_record(plan.run, record)
        records.append(record)
    on_board = [*records, *_of_other_encoders(plan)]
    identities = {job.cell.identity.content: job.cell.identities for job in plan.jobs}
    for found in plan.found.values():
        if (copy := found.copy) is not None:
            write_attributes(plan.run, copy.content, copy.index.samples, identities.get(copy.content, ()))
    located = [(cell_folder(plan.run, record.cell.id), record) for record in on_board]
    board = boards.build_board(
        on_board,
        [boards.Missing(skip.experiment, skip.reason) for skip in plan.skipped],
        predictions={
            record.cell.id: read_predictions(folder / PREDICTIONS)
            for folder, record in located
            if record.status == "finished"
        },
        metrics=plugins.metrics,
        attributes=read_attributes(plan.run),
        audits=reports.values(),
        titles=boards.Titles.of(plugins),
    )
    verdicts = boards.judged(board, plan.suite, located, plugins)
    boards.write_board(board, plan.run / boards.BOARD, plan.suite.title, plugins.built_in_suites, verdicts, details={})
    plugins.notify("emobench_run_finished", records=records, skipped=list(plan.skipped), folder=plan.run)
    return SuiteRun(plan, tuple(records), board)


def _of_other_encoders(plan: Plan) -> list[Record]:
    """Return what is in the run folder already of the plan's patterns and tasks, with other encoders than those of the plan.

    So that encoders that were run one after another stand beside each other.
    """
    asked = {(job.cell.pattern, job.cell.identity.dataset) for job in plan.jobs if job.cell.pattern}
    if not asked:
        return []
    patterns = {pattern.name for pattern, _ in asked if pattern}
    tasks = {boards.task_key(job.cell) for job in plan.jobs}
    return [
        record
        for record in read_records(plan.run)
        if record.status == "finished"
        and (cell := record.cell).pattern is not None
        and cell.pattern.name in patterns
        and (cell.pattern, cell.identity.dataset) not in asked
        and boards.task_key(cell) in tasks
    ]


def _compute(
    todo: list[Job], kept_back: list[Record], plan: Plan, workers: int, expected: Mapping[str, float]
) -> dict[str, Record]:
    """Run the jobs that no audit keeps back, and return the records of all of them by the ids of their cells."""
    jobs = {job.cell.id: job for job in todo}
    records: dict[str, Record] = {}
    cells = {cell: job.cell for cell, job in jobs.items()}
    with closing(Progress(cells, expected, workers)) as progress:

        def report(event: Event) -> None:
            progress.show(event)
            _notify(event, jobs[event.cell], plan.tasks.registry)
            if isinstance(event, CellEnded):
                records[event.cell] = event.record

        for record in kept_back:
            report(CellEnded(record=record))
        for wave in waves(job for job in todo if job.cell.id not in records):
            encode_first(wave, plan.tasks)
            run_jobs(wave, report, workers, plan.tasks)
    return records


def _notify(event: Event, job: Job, plugins: Registry) -> None:
    """Call the hook of an event, if it has one."""
    cell = job.cell
    match event:
        case CellStarted():
            plugins.notify("emobench_cell_started", cell=cell)
        case EpochEnded(epoch=epoch):
            plugins.notify("emobench_epoch_ended", cell=cell, epoch=epoch)
        case CellEnded(record=record):
            plugins.notify("emobench_cell_finished", cell=cell, record=record, folder=cell_folder(job.run, cell.id))
