"""Predictions that were made elsewhere, scored as the harness scores its own: record, predictions, audits, a board."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import boards, scoring
from emobench.boards import BOARD, write_board
from emobench.contracts import Metric
from emobench.errors import EmobenchError
from emobench.external.reading import ExternalPredictions, read_external
from emobench.planning import chosen_headline, of_task
from emobench.plugins import Registry, component_code, dataset_code, package_hash
from emobench.records import (
    PREDICTIONS,
    RESULTS_VERSION,
    SELECTION,
    AuditReport,
    Cell,
    Identity,
    MadeElsewhere,
    PartCount,
    Record,
    cell_folder,
    external_model,
    finished,
    measures,
    read_attributes,
    read_predictions,
    read_records,
    read_reports,
    timestamp,
    usual_metric,
    version,
    write_attributes,
    write_predictions,
    write_record,
    write_report,
)
from emobench.running import audit_task, run_lock
from emobench.splits import Task
from emobench.suites import find_suite

if TYPE_CHECKING:
    import pandas as pd

SUITE = "submitted"
"""The run folder of all such predictions, and the suite, and so the board, of those that nothing else is said of."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SUITE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Submitted:
    """Scored predictions.

    Attributes:
        run: the run folder.
        record: of the cell.
        board: with this row alone, and its intervals.
        left_out: names of the metrics that mean nothing of labels without probabilities.
        ignored: columns of the file that say nothing.
        audits: of the split, one a fold.
    """

    run: Path
    record: Record
    board: boards.Board
    left_out: tuple[str, ...]
    ignored: tuple[str, ...]
    audits: tuple[AuditReport, ...]


def submit(
    path: Path,
    task: Task,
    registry: Registry,
    *,
    name: str | None = None,
    headline: str | None = None,
    suite: str = SUITE,
    out: Path = Path("runs"),
) -> Submitted:
    """Score a file of predictions, and leave in a run folder what a cell of ``emobench run`` leaves there.

    Args:
        path: the predictions, see :func:`emobench.external.reading.read_external`.
        task: what they are of.
        registry: of the metrics.
        name: of the model; that of the file by default.
        headline: the test part that ranks; the only one where there is only one.
        suite: whose board the row is for.
        out: folder for runs.

    Raises:
        EmobenchError: the predictions are not those of the task's test samples, or a name cannot be one.
    """
    name = _checked_name(path, name, suite, registry)
    read = read_external(path, task)
    cell = _cell(read, task, name, suite, headline, registry)
    meaningful = scoring.meaningful(cell.identity, registry.metrics.values())
    record = _record(cell, read.table, meaningful)
    run, folder = out / SUITE, cell_folder(out / SUITE, cell.id)
    with run_lock(run):
        write_predictions(folder / PREDICTIONS, read.table)
        write_record(run, record)
        write_attributes(run, task.copy.content, task.copy.index.samples, task.dataset.identities)
        reports = audit_task(task)
        for report in reports:
            write_report(run, report)
        write_board(
            _board(run, read_records(run), registry), run / BOARD, run.name, registry.built_in_suites, details={}
        )
    registry.notify("emobench_cell_finished", cell=cell, record=record, folder=folder)
    registry.notify("emobench_run_finished", records=[record], skipped=[], folder=run)
    measuring = [metric for metric in registry.metrics.values() if measures(metric, cell.identity.kind)]
    left_out = tuple(metric.name for metric in measuring if metric not in meaningful)
    return Submitted(run, record, _board(run, [record], registry), left_out, read.ignored, reports)


def _checked_name(path: Path, name: str | None, suite: str, registry: Registry) -> str:
    """Return the name of the model: the one that is asked for, else that of the file."""
    for what, value, pattern in (("model", name, _NAME), ("suite", suite, _SUITE_NAME)):
        if value is not None and not pattern.fullmatch(value):
            raise EmobenchError(
                f"{value!r} cannot be the name of a {what}", remedy="use lower-case letters, digits and hyphens"
            )
    remedy = "say with --name what the model is called"
    name = name or re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")
    if not name:
        raise EmobenchError(f"{path.name!r} gives no name", remedy=remedy)
    if suite in registry.suites and name in {each.name for each in find_suite(suite, registry).experiments}:
        what = f"{name!r} is an experiment of the suite {suite!r}, and these predictions are none of it"
        raise EmobenchError(what, remedy=remedy)
    return name


def _cell(
    read: ExternalPredictions, task: Task, name: str, suite: str, headline: str | None, registry: Registry
) -> Cell:
    named = [("protocols", task.protocol.name), *([("label_maps", task.label_map.name)] if task.label_map else [])]
    code = {f"{kind}/{component}": component_code(kind, component, registry) for kind, component in named}
    code |= dataset_code(task.dataset, registry)
    identity = Identity(
        **of_task(task, task.scored),
        model=external_model(name, read.table, read.given, task.classes),
        seed=0,
        results=RESULTS_VERSION,
        code={component: each.hash for component, each in code.items()},
    )
    return Cell(
        id=identity.id,
        suite=suite,
        experiment=name,
        identity=identity,
        provenance=task.copy.provenance,
        headline=chosen_headline(identity.test_parts, headline),
        departures=(*task.departures, MadeElsewhere(given=read.given)),
        uncaptured=tuple(mark for each in code.values() for mark in each.uncaptured),
        ranked_by=usual_metric(identity.kind, task.dataset.ranked_by),
        identities=task.dataset.identities,
        leaky=task.leaky,
    )


def _record(cell: Cell, table: pd.DataFrame, metrics: Sequence[Metric]) -> Record:
    started, parts = timestamp(), cell.identity.test_parts
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores = scoring.score(table, cell.identity.classes, parts, metrics, cell.identity.target)
    return Record(
        emobench=version(),
        core=package_hash(),
        cell=cell,
        status="finished",
        counts={part: PartCount(attempted=scores[part].n, dropped=0) for part in parts},
        scores=scores,
        selection=SELECTION,
        warnings=tuple(dict.fromkeys(f"{each.category.__name__}: {each.message}" for each in caught)),
        started=started,
        finished=timestamp(),
    )


def _board(run: Path, records: list[Record], registry: Registry) -> boards.Board:
    there = [record.cell.id for record in records if finished(run, record.cell.id)]
    return boards.build_board(
        records,
        predictions={cell: read_predictions(cell_folder(run, cell) / PREDICTIONS) for cell in there},
        metrics=registry.metrics,
        attributes=read_attributes(run),
        audits=read_reports(run),
        titles=boards.Titles.of(registry),
    )
