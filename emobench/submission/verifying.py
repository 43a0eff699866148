"""A bundle, checked: every score computed again from its predictions, and all that is wrong with it listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import EmobenchError
from emobench.external_cells import is_external
from emobench.plugins import Registry, describe
from emobench.records import parse_record
from emobench.submission import against_board, against_data, checks, relations
from emobench.submission.checks import Bundled
from emobench.submission.manifest import (
    MANIFEST,
    MEMBER,
    NO_MEDIA,
    PREDICTIONS,
    RECORD,
    Manifest,
    come_again,
    parse_manifest,
    sha256,
)
from emobench.submission.opening import Opened, open_bundle
from emobench.submission.receipts import FOLDER, read_receipt
from emobench.submission.report import Problem, Report

UNCOMPARED = "labels and splits are the bundle's word: they were compared with no dataset (--data)"


@dataclass(frozen=True)
class Examined:
    """A bundle after verification.

    Attributes:
        report: what was found.
        opened: its files.
        manifest: its table of contents, if there is one.
        cells: those that could be read, by id.
    """

    report: Report
    opened: Opened
    manifest: Manifest | None
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
    problems = list(opened.problems)
    manifest, cells = _read(opened.files, problems) if opened.files else (None, {})
    for cell, one in cells.items():
        problems += _contained(f"cells/{cell}", _faults(cell, one, opened, manifest, registry))
        problems += _contained(f"cells/{cell}", relations.need_faults(one, cells, registry))
    notes = [
        Problem(what=what, where=f"cells/{cell}") for cell, one in cells.items() for what in _unknown(one, registry)
    ]
    placed = [(f"cells/{cell}", one) for cell, one in cells.items()]
    for between in (relations.label_faults, relations.split_faults):
        problems += [Problem(what=what, where=where) for where, what in between(placed)]
    if data is None:
        notes.insert(0, Problem(what=UNCOMPARED))
    else:
        found, said = against_data.compare(cells, data, registry)
        problems, notes = [*problems, *found], [*notes, *said]
    if manifest is not None and path.suffix == ".zip" and path.absolute().parent.name == FOLDER:
        problems += against_board.contradictions(opened.name, manifest, cells, path.absolute().parent.parent)
        notes += _replaced(path, manifest)
    report = Report(
        file=str(path),
        name=opened.name,
        sha256=opened.sha256,
        cells=len(cells),
        data=str(data or ""),
        problems=tuple(problems),
        notes=tuple(notes),
    )
    return Examined(report, opened, manifest, cells)


def _replaced(path: Path, manifest: Manifest) -> Iterator[Problem]:
    """Yield a note where a bundle waits beside the receipt of a former one of its name."""
    former = path.with_suffix(".json")
    if not former.is_file():
        return
    yield Problem(what=f"takes the place of {former.name}: {come_again(read_receipt(former).manifest, manifest)}")


def _contained(where: str, faults: Iterator[str]) -> Iterator[Problem]:
    """Yield problems; a cell that nobody thought of is refused as well, and keeps no other from being checked."""
    try:
        for what in faults:
            yield Problem(what=what, where=where)
    except Exception as error:
        yield Problem(what=f"cannot be checked: {describe(error)}", where=where)


def _read(files: dict[str, bytes], problems: list[Problem]) -> tuple[Manifest | None, dict[str, Bundled]]:
    """Return table of contents and cells as far as they can be read; problems are added to the list."""
    try:
        manifest = parse_manifest(files.get(MANIFEST, b""))
    except EmobenchError as error:
        problems.append(Problem(what=error.what, where=MANIFEST))
        return None, {}
    problems += _inventory(manifest, files)
    return manifest, _read_cells(files, problems)


def _inventory(manifest: Manifest, files: dict[str, bytes]) -> Iterator[Problem]:
    """Yield files that are missing, extra or changed, and cells without files."""
    listed, there = set(manifest.files), files.keys() - {MANIFEST}
    yield from (Problem(what="is listed, and not in the bundle", where=name) for name in sorted(listed - there))
    yield from (Problem(what="is in the bundle, and not listed", where=name) for name in sorted(there - listed))
    for name in sorted(listed & there):
        if (found := sha256(files[name])) != manifest.files[name]:
            yield Problem(what=f"has the sha256 {found}, listed is {manifest.files[name]}", where=name)
    cells = [cell.id for cell in manifest.cells]
    wanted = {f"cells/{cell}/{name}" for cell in cells for name in (RECORD, PREDICTIONS)}
    yield from (
        Problem(what="belongs to a listed cell, and is not there", where=name) for name in sorted(wanted - there)
    )
    yield from (Problem(what="belongs to no listed cell", where=name) for name in sorted(there - wanted))
    if cells != sorted(set(cells)):
        yield Problem(what="the cells are not sorted, each once", where=MANIFEST)
    if not cells:
        yield Problem(what="there is no cell in it", where=MANIFEST)
    if manifest.contains != NO_MEDIA:
        yield Problem(what=f"it does not say {NO_MEDIA!r}", where=MANIFEST)


def _read_cells(files: dict[str, bytes], problems: list[Problem]) -> dict[str, Bundled]:
    """Return the cells whose record and predictions can be read; problems are added to the list."""
    cells = {}
    for cell in sorted({match[1] for name in files if (match := MEMBER.fullmatch(name))}):
        place = f"cells/{cell}"
        name = f"{place}/{RECORD}"
        try:
            if name not in files:
                continue  # the inventory says so
            record = parse_record(files[name], name)
            name = f"{place}/{PREDICTIONS}"
            if name in files:
                cells[cell] = Bundled(record, checks.read_table(files[name], record.cell.identity.classes))
        except EmobenchError as error:
            problems.append(Problem(what=error.what, where=name))
    return cells


def _faults(cell: str, one: Bundled, opened: Opened, manifest: Manifest | None, registry: Registry) -> Iterator[str]:
    record, table = one.record, one.table
    yield from checks.record_faults(record, opened.files[f"cells/{cell}/{RECORD}"], cell)
    yield from checks.task_faults(record, registry)
    yield from checks.suite_faults(record, registry)
    yield from checks.provenance_faults(record, registry)
    yield from checks.split_faults(record, table)
    yield from checks.origin_faults(record, table)
    yield from checks.score_faults(record, table, registry)
    listed = {one.id: one for one in manifest.cells} if manifest else {}
    if cell in listed and (listed[cell].suite, listed[cell].experiment) != (record.cell.suite, record.cell.experiment):
        yield f"it is listed as {listed[cell].experiment!r}, the record is of {record.cell.experiment!r}"
    if manifest and record.cell.suite not in manifest.suites:
        yield f"the suite {record.cell.suite!r} is not listed"
    if manifest and record.cell.identity.dataset not in manifest.datasets:
        yield f"where the dataset {record.cell.identity.dataset!r} comes from is not listed"


def _unknown(one: Bundled, registry: Registry) -> Iterator[str]:
    """Yield what nothing installed here can vouch for."""
    identity = one.record.cell.identity
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
    if one.record.cell.suite not in registry.suites and one.record.cell.published:
        yield f"the suite {one.record.cell.suite!r} is not registered here: what was published is its sender's word"
    if one.record.dropped:
        yield f"{len(one.record.dropped):,} samples were left out; whether they can be read was not checked"
    if one.record.cell.provenance == "synthetic":
        yield "synthetic: it cannot be published"
