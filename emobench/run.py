"""Running a suite: plan, cells, boards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import claims, devices, executors, leaderboard
from emobench.attributes import read_attributes, write_attributes
from emobench.auditing import audit_plan, keep_back
from emobench.cells import Cell
from emobench.errors import EmobenchError
from emobench.events import CellEnded, CellStarted, EpochEnded, Event
from emobench.planning import Job, Plan, Request, make_plan, waves
from emobench.plugins import Registry, registry
from emobench.progress import Progress
from emobench.records import Record, cell_folder, read_predictions, write_record
from emobench.run_lock import run_lock
from emobench.runner import PREDICTIONS
from emobench.skipped import Skipped
from emobench.storage import atomic
from emobench.suites import Suite

if TYPE_CHECKING:
    import pandas as pd

BOARD = "leaderboard"

DEVICES = ("auto", "cpu", "cuda", "mps")


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
    board: leaderboard.Board

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
    announce: Callable[[Plan], None] | None = None,
    listeners: Iterable[object] = (),
) -> SuiteRun:
    """Run a suite: compute the cells that have no result yet, and write the boards.

    Args:
        request: what to run.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        workers: number of processes.
        announce: called with the plan before anything is computed.
        listeners: objects whose methods implement event hooks (marked with :data:`emobench.hookimpl`), for this run alone.

    Returns:
        The records of all cells of the plan. Cells that failed have failed records, and are tried again by the next call.

    Raises:
        EmobenchError: the request cannot be carried out, or a result cannot be written.
    """
    check_device(device)
    plugins = registry()
    plan = make_plan(request, plugins)
    check_plan(plan, plugins, device)
    # What is refused leaves nothing behind, not even the lock.
    with run_lock(plan.run), plugins.listening(listeners):
        return run_plan(plan, plugins, device, workers, announce)


def check_plan(plan: Plan, plugins: Registry, device: str) -> None:
    """Refuse what can be refused before anything is computed: a mistake in the suite's ledger, a device that is not there.

    Whether a device is needed is told by what lies on the disk alone: nothing is read before the run folder is held.

    Raises:
        EmobenchError: one of these.
    """
    if plan.suite.claims:
        claims.find_ledger(plan.suite, plugins)
    if device != "auto" and any(not (cell_folder(plan.run, job.cell.id) / PREDICTIONS).exists() for job in plan.jobs):
        devices.resolve(device)


def check_device(device: str) -> None:
    """Refuse what is no device of torch that emobench knows.

    Raises:
        EmobenchError: with the known ones.
    """
    if device not in DEVICES:
        raise EmobenchError(f"no device {device!r}", where="device", remedy=f"known: {', '.join(DEVICES)}")


def run_plan(
    plan: Plan, plugins: Registry, device: str, workers: int, announce: Callable[[Plan], None] | None = None
) -> SuiteRun:
    """Compute what has no result yet, and write the boards; whoever calls holds the run folder, see :func:`run_lock`."""
    if announce:
        announce(plan)
    known = dict(plan.done)
    todo = [job for job in plan.jobs if job.cell.id not in known]
    reports = audit_plan(plan)
    if todo:
        chosen = devices.resolve(device)
        todo = [job.model_copy(update={"device": chosen}) for job in todo]
        known |= _compute(todo, keep_back(plan, todo, reports), plan, workers)
    records = tuple(_up_to_date(plan, job, known[job.cell.id]) for job in plan.jobs)
    missing = [leaderboard.Missing(skip.experiment, skip.reason) for skip in plan.skipped]
    board = leaderboard.build(
        records,
        missing,
        predictions={
            record.cell.id: read_predictions(cell_folder(plan.run, record.cell.id) / PREDICTIONS)
            for record in records
            if record.status == "finished"
        },
        metrics=plugins.metrics,
        attributes=_attributes(plan),
        audits=reports.values(),
    )
    located = [(cell_folder(plan.run, record.cell.id), record) for record in records]
    verdicts = judged(board, plan.suite, located, plugins)
    write_board(board, plan.run / BOARD, plan.suite.title, plugins.built_in_suites, verdicts)
    plugins.notify("emobench_run_finished", records=list(records), skipped=list(plan.skipped), folder=plan.run)
    return SuiteRun(plan, records, board)


def _attributes(plan: Plan) -> dict[str, pd.DataFrame]:
    """Write what the indexes say of the samples beside the cells, and return it."""
    for found in plan.found.values():
        if found.source is not None:
            write_attributes(plan.run, found.source.content, found.source.index.samples)
    return read_attributes(plan.run)


def _compute(todo: list[Job], kept_back: list[Record], plan: Plan, workers: int) -> dict[str, Record]:
    """Run the jobs that no audit keeps back, and return the records of all of them by the ids of their cells."""
    jobs = {job.cell.id: job for job in todo}
    cells = {job.cell.id: job.cell for job in todo}
    records: dict[str, Record] = {}
    with closing(Progress(cells)) as progress:

        def report(event: Event) -> None:
            progress.show(event)
            _notify(event, cells, plan)
            if isinstance(event, CellEnded):
                records[event.cell] = event.record

        for record in kept_back:
            del jobs[record.cell.id]
            report(CellEnded(record=record))
        for wave in waves(jobs.values()):
            executors.run_jobs(wave, report, workers, plan.tasks)
    return records


def _notify(event: Event, cells: Mapping[str, Cell], plan: Plan) -> None:
    """Call the hook of an event, if it has one."""
    cell, plugins = cells[event.cell], plan.tasks.registry
    match event:
        case CellStarted():
            plugins.notify("emobench_cell_started", cell=cell)
        case EpochEnded(epoch=epoch):
            plugins.notify("emobench_epoch_ended", cell=cell, epoch=epoch)
        case CellEnded(record=record):
            plugins.notify("emobench_cell_finished", cell=cell, record=record, folder=cell_folder(plan.run, cell.id))


def _up_to_date(plan: Plan, job: Job, record: Record) -> Record:
    """Return a cell's record with what the suite and the data's provenance say of it now."""
    if record.cell != job.cell:
        record = record.model_copy(update={"cell": job.cell})
        write_record(plan.run, record)
    return record


Verdicts = tuple[claims.Ledger, list[claims.Judged]]
"""A ledger and the verdict on each of its claims."""


def judged(
    board: leaderboard.Board, suite: Suite, cells: Iterable[tuple[Path, Record]], plugins: Registry
) -> Verdicts | None:
    """Return what the suite's papers claim beside what the cells of a board gave.

    ``None`` for a suite without claims, and for a board of synthetic rows, which compare with nothing published. A cell
    without predictions answers no claim, for it has no interval.

    Raises:
        EmobenchError: the ledger or predictions cannot be read.
    """
    real = [
        (folder, record)
        for folder, record in cells
        if record.cell.provenance != "synthetic" and (record.status == "failed" or (folder / PREDICTIONS).exists())
    ]
    if not suite.claims or not real:
        return None
    ledger = claims.find_ledger(suite, plugins)
    return ledger, claims.judge(ledger, suite, real, plugins, board.intervals)


def write_board(
    board: leaderboard.Board,
    stem: Path,
    title: str,
    built_in: frozenset[str],
    verdicts: Verdicts | None = None,
) -> list[Path]:
    """Write a board as ``<stem>.md``, ``.html``, ``.csv`` and ``.json``, and return these files.

    With verdicts, both pages end with them, and ``<stem>-claims.csv`` and ``<stem>-claims.json`` stand beside it;
    ``built_in`` names the suites that come with emobench.
    """
    texts = {
        ".md": leaderboard.render_markdown(board, title=title, page=f"{stem.name}.html", built_in=built_in),
        ".csv": leaderboard.render_csv(board),
        ".json": leaderboard.render_json(board),
        ".html": leaderboard.render_html(
            board, title=title, verdicts=verdicts and claims.for_page(verdicts[1], verdicts[0]), built_in=built_in
        ),
    }
    if verdicts is not None:
        ledger, each = verdicts
        texts[".md"] += f"\n## What the papers print\n\n{_CLAIMS}\n\n{claims.render_markdown(each, ledger, level=3)}"
        texts["-claims.csv"] = claims.render_csv(each)
        texts["-claims.json"] = claims.render_json(each, ledger)
    files = {stem.with_name(stem.name + ending): text for ending, text in texts.items()}
    for path, text in files.items():
        with atomic(path) as file:
            file.write(text.encode())
    return list(files)


_CLAIMS = (
    "Every number that the papers print, whether it is arithmetically possible, and what was measured in its place. "
    "*Reproduced*: the printed value lies inside the measured one's 95% interval, the same as in the tables above. *Near*: "
    "the intervals of the two overlap. *Not comparable*: the part that differs is named below the table. `emobench claims` "
    "prints this alone, and with `--arithmetic` every check."
)
