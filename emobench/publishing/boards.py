"""From run folders to published boards: scores computed again, synthetic rows left out, the evidence next to the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from emobench import boards
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.publishing.rescoring import Located, predictions_of
from emobench.records import (
    PREDICTIONS,
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
    replace_report,
    scrub,
    scrub_audit,
    shortened,
    write_attributes,
    write_record,
)
from emobench.storage import atomic
from emobench.suites import Suite, find_suite

if TYPE_CHECKING:
    import pandas as pd

DATASETS = "datasets"
INDEX = "README.md"
DOCS = "../docs/boards.md"
"""What explains the pages, beside a folder of boards in a repository like emobench's."""


@dataclass(frozen=True)
class Published:
    """What publishing did.

    Attributes:
        files: of the boards, whether their content is another one now or not; of added bundles, those with another one.
        rows: a line for each row that was not on the boards before: its rank, in which table, among how many.
        replaced: a line for each added bundle that took the place of a former one.
    """

    files: tuple[Path, ...]
    rows: tuple[str, ...]
    replaced: tuple[str, ...] = ()


def board_of(cells: Sequence[Located], folders: Sequence[Path], registry: Registry) -> boards.Board:
    """Return the board of cells, with what their folders know of the samples and the splits.

    Raises:
        EmobenchError: files cannot be read, or predictions of a task do not go together.
    """
    return boards.build_board(
        [record for _, record in cells],
        predictions=predictions_of(cells),
        metrics=registry.metrics,
        attributes=read_attributes(*folders),
        audits=[report for folder in folders for report in read_reports(folder)],
        titles=boards.Titles.of(registry),
    )


def publish(cells: list[Located], folder: Path, registry: Registry) -> Published:
    """Add cells to the boards in ``folder``, and write below them what they are computed from.

    ``folder/datasets`` gets a board of each dataset, with the rows of every suite; ``folder`` itself one of each registered
    suite, with its rows, those of the suites that it extends, and what its papers print; and ``folder/README.md`` says what
    is where.

    Records and predictions go to ``folder/cells``, what the index says of the samples to ``folder/attributes``, what was
    found in their splits to ``folder/audits``.

    What was published there before stays on the boards.

    Raises:
        EmobenchError: there is nothing but synthetic rows.
    """
    real = [(path, record) for path, record in cells if record.cell.provenance != "synthetic"]
    if not real:
        remedy = "publish runs on real data: emobench run ... --data FOLDER"
        raise EmobenchError("every row is synthetic", remedy=remedy)
    before = {record.cell.id for record in read_records(folder)}
    for path, record in real:
        if record.status == "failed" and finished(folder, record.cell.id):
            continue  # a failure somewhere else is no reason to take back a result
        write_record(folder, scrub(record))
        if record.status == "finished":
            with atomic(cell_folder(folder, record.cell.id) / PREDICTIONS) as file:
                file.write((path / PREDICTIONS).read_bytes())
    return publish_again(folder, registry, before, sorted({path.parent.parent for path, _ in real} - {folder}))


def publish_again(
    folder: Path, registry: Registry, before: Collection[str], runs: Sequence[Path] = (), place: Path | None = None
) -> Published:
    """Write the boards in ``folder`` from the records and predictions in it.

    Args:
        folder: of the boards.
        registry: of all that they show.
        before: ids of the cells that were on them already.
        runs: folders that know more about the samples and the splits of these cells.
        place: where the boards will lie, which decides what they link; ``folder`` itself by default.
    """
    published = read_records(folder)
    predictions = predictions_of((cell_folder(folder, record.cell.id), record) for record in published)
    _add_attributes(runs, folder, published, predictions)
    _add_audits(runs, folder, published)
    board, files = _write_boards(folder, published, predictions, registry, place or folder)
    return Published(tuple(files), tuple(_places(board, before)))


def _places(board: boards.Board, before: Collection[str]) -> Iterator[str]:
    names = boards.headings(board)
    for task in board.tasks:
        ranked = sum(row.rank is not None for row in task.rows)
        for row in task.rows:
            if row.cell.id not in before:
                place = f"rank {row.rank} of {ranked}" if row.rank is not None else "without a rank"
                yield f"{row.cell.experiment} (seed {row.cell.identity.seed}): {place} in {names[task.id]}"


def _write_boards(
    folder: Path, published: list[Record], predictions: Mapping[str, pd.DataFrame], registry: Registry, place: Path
) -> tuple[boards.Board, list[Path]]:
    build = partial(
        boards.build_board,
        predictions=predictions,
        metrics=registry.metrics,
        attributes=read_attributes(folder),
        audits=read_reports(folder),
        titles=boards.Titles.of(registry),
    )
    whole = build(published)
    names = dict.fromkeys(task.dataset for task in whole.tasks)
    datasets = {name: registry.datasets[name].title if name in registry.datasets else name for name in names}
    details = {name: f"{quote(DATASETS)}/{quote(name)}.md" for name in datasets}
    # A suite that was a file of somebody's own has no page: its rows are on those of the datasets.
    known = sorted({record.cell.suite for record in published} & {*registry.suites})
    suites = {name: find_suite(name, registry) for name in known}
    # Of an absolute path: the folder of boards need not be there yet.
    docs = DOCS if (place.absolute().parent / Path(DOCS).relative_to("..")).is_file() else ""
    written: list[Path] = []
    for name, title in datasets.items():
        stem = folder / DATASETS / name
        written += boards.write_board(
            whole.of(name), stem, title, registry.built_in_suites, cells="../cells/", docs=docs and f"../{docs}"
        )
    for name, suite in suites.items():
        records = [record for record in published if suite.holds(record.cell.suite)]
        board = build(records, _missing(suite, {record.cell.experiment for record in records}), estimated=whole.tasks)
        located = [(cell_folder(folder, record.cell.id), record) for record in records]
        verdicts = boards.judged(board, suite, located, registry)
        written += boards.write_board(
            board, folder / name, suite.title, registry.built_in_suites, verdicts, details=details, docs=docs
        )
    index = boards.render_index(whole, datasets, {name: suite.title for name, suite in suites.items()}, folder=DATASETS)
    path, mark = folder / INDEX, index.partition("\n")[0]
    if not path.is_file() or path.read_text(encoding="utf-8").startswith(mark):  # else somebody wrote it manually
        with atomic(path) as file:
            file.write(index.encode())
    return whole, [*written, path]


def _missing(suite: Suite, there: set[str]) -> list[boards.Missing]:
    """Return the experiments without a row: those that were not run, and those that share the row of another.

    What a pattern stands for has no end, so that nothing of it is missing.
    """
    missing = []
    for experiment in () if suite.pattern else suite.experiments:
        if experiment.name not in there:
            other = suite.same_as(experiment)
            why = Skipped(experiment.name, "same as", other) if other in there else Skipped(experiment.name, "not run")
            missing.append(boards.Missing(experiment.name, why.reason, experiment.dataset_name))
    return missing


def reduced(records: Iterable[Record]) -> str:
    """Return in one line how many rows come from shortened runs, so that no smoke test goes out unnoticed; empty for none."""
    cells = [record.cell for record in records]
    found = [cell for cell in cells if shortened(cell.departures)]
    if not found:
        return ""
    example = f"{found[0].experiment} ({in_words(shortened(found[0].departures))})"
    return (
        f"{len(found)} of {len(cells)} rows were shortened with --epochs or --limit, and are marked so, e.g. {example}"
    )


def _add_attributes(
    runs: Sequence[Path], folder: Path, published: Iterable[Record], predictions: Mapping[str, pd.DataFrame]
) -> None:
    """Add what run folders know of the samples that are published, and of no others."""
    import pandas as pd

    samples: dict[str, set[str]] = {}
    identities: dict[str, tuple[str, ...]] = {}
    for record in published:
        if record.cell.id in predictions:
            samples.setdefault(record.cell.identity.content, set()).update(predictions[record.cell.id]["sample_id"])
            identities[record.cell.identity.content] = record.cell.identities
    for content, ids in samples.items():
        files = [attributes_file(place, content) for place in (*runs, folder)]
        tables = [pd.read_parquet(file) for file in files if file.is_file()]
        if tables:
            table = pd.concat(tables).drop_duplicates("sample_id")
            table = table[table["sample_id"].isin(ids)].sort_values("sample_id", ignore_index=True)
            write_attributes(folder, content, table, identities[content])


def _add_audits(runs: Sequence[Path], folder: Path, published: Iterable[Record]) -> None:
    """Add what run folders know of the splits that are published; a later report takes the place of an earlier."""
    identities = [record.cell.identity for record in published]
    splits = [(identity.content, identity.labels, identity.split) for identity in identities]
    for report in (report for run in runs for report in read_reports(run)):
        about = report.content, report.labels, report.split
        if about in splits or any(audits_a_fold(identity, report) for identity in identities):
            replace_report(folder, scrub_audit(report))
