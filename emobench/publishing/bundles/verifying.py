"""A bundle, checked: every score computed again from its predictions, and all that is wrong with it listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import EmobenchError
from emobench.plugins import Registry, describe
from emobench.publishing.bundles.checks import agreement, board, members, predictions, record, scores
from emobench.publishing.bundles.checks import data as checks_of_data
from emobench.publishing.bundles.checks.read import Bundled, read_table
from emobench.publishing.bundles.manifest import (
    CELLS,
    PREDICTIONS,
    RECEIPTS,
    RECORD,
    Manifest,
    come_again,
    read_receipts,
)
from emobench.publishing.bundles.opening import Opened, open_bundle
from emobench.publishing.bundles.report import Problem, Report
from emobench.records import is_external, parse_record

UNCOMPARED = "labels and splits are the bundle's word: they were compared with no dataset (--data)"


@dataclass(frozen=True)
class Examined:
    """A bundle after verification.

    Attributes:
        report: what was found.
        opened: its table of contents and files.
        cells: those that could be read, by id.
    """

    report: Report
    opened: Opened
    cells: dict[str, Bundled]


def verify(path: Path, registry: Registry, data: Path | None = None) -> Report:
    """Verify a bundle: a zip file, or the receipt that a board keeps of one.

    Args:
        path: of the file.
        registry: of metrics, datasets, protocols and fusions; what is not registered cannot vouch for anything.
        data: folder with datasets; labels and splits are compared with those that are there.

    Returns:
        Everything that is wrong, not the first thing alone.

    Raises:
        EmobenchError: there is no such file, or no such folder.
    """
    return examine(path, registry, data).report


def examine(path: Path, registry: Registry, data: Path | None = None) -> Examined:
    """Verify a bundle, and keep what was read of it; see :func:`verify`."""
    opened = open_bundle(path)
    manifest, problems, notes = opened.manifest, list(opened.problems), list[Problem]()
    cells = _read_cells(manifest, opened.files, problems) if manifest else {}
    if manifest:
        for cell, bundled in cells.items():
            problems += _contained(f"{CELLS}/{cell}", _faults(cell, cells, opened.files, manifest, registry))
            notes += [Problem(what=what, where=f"{CELLS}/{cell}") for what in _unknown(bundled, registry)]
        placed = [(f"{CELLS}/{cell}", bundled) for cell, bundled in cells.items()]
        problems += [Problem(what=what, where=where) for where, what in agreement.contradictions(placed)]
        folder = path.absolute().parent
        if path.suffix == ".zip" and folder.name == RECEIPTS:
            problems += board.contradictions(path.stem, manifest, cells, folder.parent)
            notes += _replaced(path.stem, manifest, folder.parent)
    if data is None:
        notes.insert(0, Problem(what=UNCOMPARED))
    else:
        found, said = checks_of_data.compare(cells, data, registry)
        problems, notes = [*problems, *found], [*notes, *said]
    report = Report(
        file=str(path),
        name=path.stem,
        cells=len(cells),
        data=str(data or ""),
        problems=tuple(problems),
        notes=tuple(notes),
    )
    return Examined(report, opened, cells)


def _read_cells(manifest: Manifest, files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, Bundled]:
    """Return the cells whose record and predictions can be read; problems are added to the list."""
    cells = {}
    for cell in sorted(manifest.cells):
        name, table = f"{CELLS}/{cell}/{RECORD}", f"{CELLS}/{cell}/{PREDICTIONS}"
        if not {name, table} <= files.keys():
            continue  # the inventory says so
        try:
            found = parse_record(files[name], name)
            name = table
            cells[cell] = Bundled(found, read_table(files[table], found.cell.identity.classes))
        except EmobenchError as error:
            problems.append(Problem(what=error.what, where=name))
    return cells


def _contained(where: str, faults: Iterator[str]) -> Iterator[Problem]:
    """Yield problems; a cell that nobody thought of is refused as well, and keeps no other from being checked."""
    try:
        for what in faults:
            yield Problem(what=what, where=where)
    except Exception as error:
        yield Problem(what=f"cannot be checked: {describe(error)}", where=where)


def _faults(
    cell: str, cells: Mapping[str, Bundled], files: Mapping[str, bytes], manifest: Manifest, registry: Registry
) -> Iterator[str]:
    bundled = cells[cell]
    content = files[f"{CELLS}/{cell}/{RECORD}"]
    yield from record.faults(bundled.record, content, cell, manifest.cells[cell], registry)
    yield from predictions.faults(bundled.record, bundled.table)
    yield from scores.faults(bundled.record, bundled.table, registry)
    yield from members.faults(bundled, cells, registry)
    if bundled.record.cell.identity.dataset not in manifest.datasets:
        yield f"where the dataset {bundled.record.cell.identity.dataset!r} comes from is not listed"


def _replaced(name: str, manifest: Manifest, folder: Path) -> Iterator[Problem]:
    """Yield a note where a bundle waits beside the receipt of a former one of its name."""
    if former := read_receipts(folder).get(name):
        yield Problem(what=f"takes the place of {name}.json: {come_again(former, manifest)}")


def _unknown(bundled: Bundled, registry: Registry) -> Iterator[str]:
    """Yield what nothing installed here can vouch for."""
    identity = bundled.record.cell.identity
    if identity.dataset not in registry.datasets:
        yield f"the dataset {identity.dataset!r} is not registered here, so its rows can be no more than 'unverified'"
    if identity.protocol.name not in registry.protocols:
        yield f"the protocol {identity.protocol.name!r} is not registered here: whether it is leaky is not known"
    if identity.fusion is not None:
        fusion = registry.fusions.get(identity.fusion.name)
        if fusion is None or fusion.learns:
            why = "is not registered here" if fusion is None else "learns from the validation part"
            yield f"the fusion {identity.fusion.name!r} {why}: it was not computed again"
    if identity.model is not None and identity.model.name not in registry.models and not is_external(identity):
        yield f"the model {identity.model.name!r} is not registered here: its schedule and parameters are its sender's word"
    if bundled.record.cell.suite not in registry.suites and bundled.record.cell.published:
        yield f"the suite {bundled.record.cell.suite!r} is not registered here: what was published is its sender's word"
    if bundled.record.dropped:
        yield f"{len(bundled.record.dropped):,} samples were left out; whether they can be read was not checked"
    if bundled.record.cell.provenance == "synthetic":
        yield "synthetic: it cannot be published"
