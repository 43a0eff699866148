"""From run folders to published boards: scores computed again, synthetic rows left out, the evidence beside the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import leaderboard, scoring
from emobench.auditing import read_reports
from emobench.audits import report_path, write_report
from emobench.errors import EmobenchError
from emobench.foreign import audits_a_fold, meaningful
from emobench.leaderboard.scrub import scrub, scrub_audit
from emobench.plugins import Registry
from emobench.records import (
    Record,
    atomic,
    cell_folder,
    finished,
    read_located,
    read_predictions,
    read_records,
    write_record,
)
from emobench.run import judged, write_board
from emobench.slices import attributes_file, read_attributes, write_attributes
from emobench.suites import Suite, find_suite

if TYPE_CHECKING:
    import pandas as pd

Located = tuple[Path, Record]
"""The folder of a cell and its record."""


def rescored(runs: Path, registry: Registry) -> list[Located]:
    """Read every cell under a folder and compute its scores again from its predictions.

    Raises:
        EmobenchError: a record or its predictions cannot be read.
    """
    cells = []
    for folder, record in read_located(runs):
        if record.status == "finished":
            identity = record.cell.identity
            table = read_predictions(folder / "predictions.parquet")
            metrics = meaningful(identity, registry.metrics.values())
            scores = scoring.score(table, identity.classes, identity.test_parts, metrics)
            record = record.model_copy(update={"scores": scores})
        cells.append((folder, record))
    return cells


def predictions_of(cells: Iterable[Located]) -> dict[str, pd.DataFrame]:
    """Read the predictions of the finished cells, by id; where a cell is there several times, those of the latest run.

    A cell of which only the record is there has none.

    Raises:
        EmobenchError: predictions cannot be read.
    """
    latest = {record.cell.id: path for path, record in sorted(cells, key=_lateness) if record.status == "finished"}
    files = {cell: path / "predictions.parquet" for cell, path in latest.items()}
    return {cell: read_predictions(file) for cell, file in files.items() if file.exists()}


def _lateness(located: Located) -> tuple[str, str]:
    return located[1].finished, located[1].model_dump_json()


def publish(cells: list[Located], folder: Path, registry: Registry) -> list[Path]:
    """Add cells to the boards in ``folder``: one board a suite, and beneath it what they are computed from.

    Records and predictions go to ``folder/cells``, what the index says of the samples to ``folder/attributes``, what was
    found in their splits to ``folder/audits``.

    What was published there before stays on the boards.

    Returns:
        The files of the boards.

    Raises:
        EmobenchError: there is nothing but synthetic rows.
    """
    real = [(path, record) for path, record in cells if record.cell.provenance != "synthetic"]
    if not real:
        raise EmobenchError(
            "every row is synthetic", remedy="publish runs on real data: emobench run ... --data FOLDER"
        )
    for path, record in real:
        if record.status == "failed" and finished(folder, record.cell.id):
            continue  # a failure somewhere else is no reason to take back a result
        write_record(folder, scrub(record))
        if record.status == "finished":
            with atomic(cell_folder(folder, record.cell.id) / "predictions.parquet") as file:
                file.write((path / "predictions.parquet").read_bytes())
    written = []
    published = read_records(folder)
    predictions = predictions_of((cell_folder(folder, record.cell.id), record) for record in published)
    _add_attributes({path.parent.parent for path, _ in real}, folder, published, predictions)
    attributes = read_attributes(folder)
    _add_audits({path.parent.parent for path, _ in real}, folder, published)
    audits = read_reports(folder)
    for name in sorted({record.cell.suite for record in published}):
        records = [record for record in published if record.cell.suite == name]
        there = {record.cell.experiment for record in records}
        # A suite that was a file of somebody's own is known by its records alone.
        suite = find_suite(name, registry) if name in registry.suites else None
        missing = _missing(suite, there) if suite else []
        board = leaderboard.build(
            records,
            missing,
            predictions=predictions,
            metrics=registry.metrics,
            attributes=attributes,
            audits=audits,
        )
        located = [(cell_folder(folder, record.cell.id), record) for record in records]
        verdicts = judged(board, suite, located, registry) if suite else None
        written += write_board(board, folder / name, suite.title if suite else name, verdicts)
    return written


def _add_attributes(
    runs: Iterable[Path], folder: Path, published: Iterable[Record], predictions: Mapping[str, pd.DataFrame]
) -> None:
    """Add what run folders know of the samples that are published; of all others nothing is."""
    import pandas as pd

    samples: dict[str, set[str]] = {}
    for record in published:
        if record.cell.id in predictions:
            samples.setdefault(record.cell.identity.content, set()).update(predictions[record.cell.id]["sample_id"])
    for content, ids in samples.items():
        files = [attributes_file(run, content) for run in sorted({*runs} - {folder})] + [
            attributes_file(folder, content)
        ]
        tables = [pd.read_parquet(file) for file in files if file.is_file()]
        if tables:
            table = pd.concat(tables).drop_duplicates("sample_id")
            table = table[table["sample_id"].isin(ids)].sort_values("sample_id", ignore_index=True)
            write_attributes(folder, content, table)


def _add_audits(runs: Iterable[Path], folder: Path, published: Iterable[Record]) -> None:
    """Add what run folders know of the splits that are published."""
    identities = [record.cell.identity for record in published]
    splits = [(one.content, one.labels, one.split) for one in identities]
    there = read_reports(folder)
    for run in sorted({*runs} - {folder}):
        for report in read_reports(run):
            about = report.content, report.labels, report.split
            if about not in splits and not any(audits_a_fold(one, report) for one in identities):
                continue
            for older in [one for one in there if (one.content, one.labels, one.split) == about]:
                report_path(folder, older.id).unlink()
                there.remove(older)
            write_report(folder, scrub_audit(report))
            there.append(report)


def _missing(suite: Suite, there: set[str]) -> list[leaderboard.Missing]:
    """Return the experiments without a row: those that were not run, and those that another row stands for."""
    missing = []
    for experiment in suite.experiments:
        if experiment.name not in there:
            other = suite.same_as(experiment)
            why = f"the same as {other!r} in all that determines the result" if other in there else "not run"
            missing.append(leaderboard.Missing(experiment.name, why, experiment.dataset or ""))
    return missing
