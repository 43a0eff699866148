"""Running a suite: plan, cells, boards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from emobench import claims, devices, executors, leaderboard
from emobench.auditing import audit_plan, keep_back
from emobench.contracts import Epoch
from emobench.errors import EmobenchError
from emobench.plan import Job, Plan, Request, Skipped, make_plan, waves
from emobench.plugins import Registry, registry
from emobench.progress import Progress
from emobench.records import Record, atomic, cell_folder, finished, read_predictions, read_record, write_record
from emobench.slices import read_attributes, write_attributes
from emobench.suites import Suite

if TYPE_CHECKING:
    import pandas as pd

BOARD = "leaderboard"

DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Result:
    """What a run left behind.

    Attributes:
        plan: what was to be done.
        records: one for each cell, in the order of the plan.
        board: the same as a leaderboard.
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


class _Observer:
    """Shows what happens, and tells the plugins."""

    def __init__(self, progress: Progress, plugins: Registry) -> None:
        self._progress, self._plugins = progress, plugins

    def started(self, job: Job) -> None:
        self._progress.started(job.cell)
        self._plugins.notify("emobench_cell_started", cell=job.cell)

    def phase(self, job: Job, name: str, total: int) -> None:
        self._progress.phase(job.cell, name, total)

    def step(self, job: Job, samples: int) -> None:
        self._progress.step(job.cell, samples)

    def epoch(self, job: Job, epoch: Epoch) -> None:
        self._progress.epoch(job.cell, epoch)
        self._plugins.notify("emobench_epoch_ended", cell=job.cell, epoch=epoch)

    def ended(self, job: Job, record: Record) -> None:
        self._progress.ended(job.cell, record)
        folder = cell_folder(job.run, job.cell.id)
        self._plugins.notify("emobench_cell_finished", cell=job.cell, record=record, folder=folder)


def run_suite(
    request: Request,
    *,
    device: str = "auto",
    workers: int = 1,
    announce: Callable[[Plan], None] | None = None,
    listeners: Iterable[object] = (),
) -> Result:
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
    with run_lock(request), plugins.listening(listeners):
        return run_plan(plan, plugins, device, workers, announce)


def check_plan(plan: Plan, plugins: Registry, device: str) -> None:
    """Refuse what can be refused before anything is computed: a mistake in the suite's ledger, a device that is not there.

    Raises:
        EmobenchError: one of these.
    """
    if plan.suite.claims:
        claims.find_ledger(plan.suite, plugins)
    # Not plan.done, which is remembered: another run may finish cells before this one has the lock.
    if device != "auto" and any(finished(plan.run, job.cell.id) is None for job in plan.jobs):
        devices.resolve(device)


def check_device(device: str) -> None:
    """Refuse what is no device of torch that emobench knows.

    Raises:
        EmobenchError: with the known ones.
    """
    if device not in DEVICES:
        raise EmobenchError(f"no device {device!r}", where="device", remedy=f"known: {', '.join(DEVICES)}")


@contextmanager
def run_lock(request: Request) -> Iterator[None]:
    """Hold the run folder for this process: two runs in one folder would write over each other's checkpoints.

    Raises:
        EmobenchError: another run holds it, or the folder cannot be written; said before anything is computed.
    """
    folder = request.out / Path(request.suite).stem.replace("_", "-")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as error:
        raise EmobenchError(
            f"cannot write there: {error.strerror}", where=str(folder), remedy="choose another --out"
        ) from error
    with file:
        lock(file, folder)
        yield


def lock(file: IO[str], folder: Path) -> None:
    """Take the lock, where the system has one; it goes when the process does, however that ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise EmobenchError(
            "another run is at work here", where=str(folder), remedy="wait for it, or choose another --out"
        ) from error


def run_plan(
    plan: Plan, plugins: Registry, device: str, workers: int, announce: Callable[[Plan], None] | None = None
) -> Result:
    """Compute what has no result yet, and write the boards; whoever calls holds the run folder, see :func:`run_lock`."""
    check_plan(plan, plugins, device)
    if announce:
        announce(plan)
    done = plan.done
    todo = [job for job in plan.jobs if job.cell.id not in done]
    reports = audit_plan(plan, plugins)
    if todo:
        chosen = devices.resolve(device)
        todo = [job.model_copy(update={"device": chosen}) for job in todo]
        _compute(todo, keep_back(plan, todo, reports), plugins, workers)
    records = tuple(_record(plan, job) for job in plan.jobs)
    missing = [leaderboard.Missing(skip.experiment, skip.reason) for skip in plan.skipped]
    board = leaderboard.build(
        records,
        missing,
        predictions={
            record.cell.id: read_predictions(cell_folder(plan.run, record.cell.id) / "predictions.parquet")
            for record in records
            if record.status == "finished"
        },
        metrics=plugins.metrics,
        attributes=_attributes(plan),
        audits=reports.values(),
    )
    located = [(cell_folder(plan.run, record.cell.id), record) for record in records]
    write_board(board, plan.run / BOARD, plan.suite.title, judged(board, plan.suite, located, plugins))
    plugins.notify("emobench_run_finished", records=list(records), skipped=list(plan.skipped), folder=plan.run)
    return Result(plan, records, board)


def _attributes(plan: Plan) -> dict[str, pd.DataFrame]:
    """Write what the indexes say of the samples beside the cells, and return it."""
    for found in plan.found.values():
        if found.source is not None:
            write_attributes(plan.run, found.source.content, found.source.index.samples)
    return read_attributes(plan.run)


def _compute(todo: list[Job], kept_back: list[Record], plugins: Registry, workers: int) -> None:
    progress = Progress(len(todo))
    observer = _Observer(progress, plugins)
    jobs = {job.cell.id: job for job in todo}
    try:
        for record in kept_back:
            observer.ended(jobs.pop(record.cell.id), record)
        for wave in waves(tuple(jobs.values())):
            for _ in executors.run_jobs(wave, observer, workers, plugins):
                pass
    finally:
        progress.close()


def _record(plan: Plan, job: Job) -> Record:
    """Return a cell's record, brought up to date with what the suite and the data's provenance say of it now."""
    record = read_record(cell_folder(plan.run, job.cell.id) / "record.json")
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
        if record.cell.provenance != "synthetic"
        and (record.status == "failed" or (folder / "predictions.parquet").exists())
    ]
    if not suite.claims or not real:
        return None
    ledger = claims.find_ledger(suite, plugins)
    return ledger, claims.judge(ledger, suite, real, plugins, board.intervals)


def write_board(board: leaderboard.Board, stem: Path, title: str, verdicts: Verdicts | None = None) -> list[Path]:
    """Write a board as ``<stem>.md``, ``.html``, ``.csv`` and ``.json``, and return these files.

    With verdicts, both pages end with them, and ``<stem>-claims.csv`` and ``<stem>-claims.json`` stand beside it.
    """
    texts = {
        ".md": leaderboard.render_markdown(board, title=title, page=f"{stem.name}.html"),
        ".csv": leaderboard.render_csv(board),
        ".json": leaderboard.render_json(board),
        ".html": leaderboard.render_html(
            board, title=title, verdicts=verdicts and claims.for_page(verdicts[1], verdicts[0])
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
