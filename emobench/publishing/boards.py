"""From run folders to published boards: scores computed again, synthetic rows left out, the evidence beside the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import boards
from emobench.boards import judged, write_board
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.records import (
    Record,
    Skipped,
    attributes_file,
    audits_a_fold,
    cell_folder,
    finished,
    in_words,
    read_attributes,
    read_records,
    read_reports,
    report_path,
    scrub,
    scrub_audit,
    shortened,
    write_attributes,
    write_record,
    write_report,
)
from emobench.storage import atomic
from emobench.suites import Suite, find_suite

if TYPE_CHECKING:
    import pandas as pd
from emobench.publishing.rescoring import Located, predictions_of

DATASETS = "datasets"
INDEX = "README.md"


@dataclass(frozen=True)
class Published:
    """What publishing did.

    Attributes:
        files: of the boards, whether their content is another one now or not.
        rows: a line for each row that was not on the boards before: its rank, in which table, among how many.
    """

    files: tuple[Path, ...]
    rows: tuple[str, ...]


def publish(cells: list[Located], folder: Path, registry: Registry) -> Published:
    """Add cells to the boards in ``folder``, and write beneath them what they are computed from.

    ``folder/datasets`` gets a board of each dataset, with the rows of every suite; ``folder`` itself one of each registered
    suite, with its rows alone and what its papers print; and ``folder/README.md`` says what is where.

    Records and predictions go to ``folder/cells``, what the index says of the samples to ``folder/attributes``, what was
    found in their splits to ``folder/audits``.

    What was published there before stays on the boards.

    Raises:
        EmobenchError: there is nothing but synthetic rows.
    """
    real = [(path, record) for path, record in cells if record.cell.provenance != "synthetic"]
    if not real:
        raise EmobenchError(
            "every row is synthetic", remedy="publish runs on real data: emobench run ... --data FOLDER"
        )
    before = {record.cell.id for record in read_records(folder)}
    for path, record in real:
        if record.status == "failed" and finished(folder, record.cell.id):
            continue  # a failure somewhere else is no reason to take back a result
        write_record(folder, scrub(record))
        if record.status == "finished":
            with atomic(cell_folder(folder, record.cell.id) / "predictions.parquet") as file:
                file.write((path / "predictions.parquet").read_bytes())
    published = read_records(folder)
    predictions = predictions_of((cell_folder(folder, record.cell.id), record) for record in published)
    _add_attributes({path.parent.parent for path, _ in real}, folder, published, predictions)
    _add_audits({path.parent.parent for path, _ in real}, folder, published)
    board, files = _write_boards(folder, published, predictions, registry)
    return Published(tuple(files), tuple(_places(board, before)))


def _places(board: boards.Board, before: set[str]) -> Iterator[str]:
    names = boards.headings(board)
    for task in board.tasks:
        ranked = sum(row.rank is not None for row in task.rows)
        for row in task.rows:
            if row.cell.id not in before:
                place = f"rank {row.rank} of {ranked}" if row.rank is not None else "without a rank"
                yield f"{row.cell.experiment} (seed {row.cell.identity.seed}): {place} in {names[task.id]}"


def _write_boards(
    folder: Path, published: list[Record], predictions: Mapping[str, pd.DataFrame], registry: Registry
) -> tuple[boards.Board, list[Path]]:
    build = partial(
        boards.build_board,
        predictions=predictions,
        metrics=registry.metrics,
        attributes=read_attributes(folder),
        audits=read_reports(folder),
    )
    whole = build(published)
    datasets = {
        name: registry.datasets[name].title if name in registry.datasets else name
        for name in dict.fromkeys(task.dataset for task in whole.tasks)
    }
    written = [
        path
        for name, title in datasets.items()
        for path in write_board(whole.of(name), folder / DATASETS / name, title, registry.built_in_suites)
    ]
    # A suite that was a file of somebody's own has no page: its rows are on those of the datasets.
    suites = {
        name: find_suite(name, registry) for name in sorted({one.cell.suite for one in published} & {*registry.suites})
    }
    for name, suite in suites.items():
        records = [record for record in published if record.cell.suite == name]
        there = {record.cell.experiment for record in records}
        board = build(records, _missing(suite, there), estimated=whole.tasks)
        located = [(cell_folder(folder, record.cell.id), record) for record in records]
        verdicts = judged(board, suite, located, registry)
        written += write_board(board, folder / name, suite.title, registry.built_in_suites, verdicts)
    written.append(_write_index(folder, whole, datasets, {name: suite.title for name, suite in suites.items()}))
    return whole, written


def _write_index(folder: Path, board: boards.Board, datasets: Mapping[str, str], suites: Mapping[str, str]) -> Path:
    """Write the page that a forge shows of the folder, unless there is one that somebody wrote by hand."""
    path = folder / INDEX
    text = boards.render_index(board, datasets, suites, folder=DATASETS)
    mark = text.partition("\n")[0]
    if not path.is_file() or path.read_text(encoding="utf-8").startswith(mark):
        with atomic(path) as file:
            file.write(text.encode())
    return path


def reduced(records: Iterable[Record]) -> str:
    """Return in one line how many rows come from shortened runs, so that no smoke test goes out unnoticed; empty for none."""
    every = list(records)
    found = [one.cell for one in every if shortened(one.cell.departures)]
    if not found:
        return ""
    first = found[0]
    return (
        f"{len(found)} of {len(every)} rows were shortened with --epochs or --limit, and are marked so, e.g. "
        f"{first.experiment} ({in_words(shortened(first.departures))})"
    )


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


def _missing(suite: Suite, there: set[str]) -> list[boards.Missing]:
    """Return the experiments without a row: those that were not run, and those that another row stands for."""
    missing = []
    for experiment in suite.experiments:
        if experiment.name not in there:
            other = suite.same_as(experiment)
            why = Skipped(experiment.name, "same as", other) if other in there else Skipped(experiment.name, "not run")
            missing.append(boards.Missing(experiment.name, why.reason, experiment.dataset or ""))
    return missing
