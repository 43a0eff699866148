"""A bundle, checked: every score computed again from its predictions, and all that is wrong with it listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emobench.plugins import Registry, describe
from emobench.publishing.bundles.checks import agreement, data, members, predictions, record
from emobench.publishing.bundles.manifest import CELLS, RECEIPTS, come_again, file_names, read_receipts
from emobench.publishing.bundles.reading import Bundled, Opened, open_bundle
from emobench.publishing.bundles.report import Problem, Report, placed
from emobench.records import is_external

UNCOMPARED = "labels and splits are the bundle's word: they were compared with no dataset (--data)"


def verify(path: Path, registry: Registry, folder: Path | None = None) -> Report:
    """Verify a bundle: a zip file, or the receipt that a board keeps of one.

    Args:
        path: of the file.
        registry: of metrics, datasets, protocols and fusions; what is not registered cannot vouch for anything.
        folder: with datasets; labels and splits are compared with those that are there.

    Returns:
        Everything that is wrong, not the first thing alone.

    Raises:
        EmobenchError: there is no such file, or no such folder.
    """
    return examine(path, registry, folder)[0]


def examine(path: Path, registry: Registry, folder: Path | None = None) -> tuple[Report, Opened]:
    """Verify a bundle, and return what was read of it too; see :func:`verify`."""
    opened = open_bundle(path)
    problems, notes = list(opened.problems), list[Problem]()
    for cell, bundled in opened.cells.items():
        problems += placed(f"{CELLS}/{cell}", _faults(cell, opened, registry))
        notes += placed(f"{CELLS}/{cell}", _unknown(bundled, registry))
    problems += agreement.among(opened.cells)
    place = path.absolute().parent
    if path.suffix == ".zip" and place.name == RECEIPTS:  # it waits on a board
        problems += agreement.with_board(path.stem, opened, place.parent)
        if former := read_receipts(place.parent).get(path.stem):
            notes.append(Problem(what=f"takes the place of {path.stem}.json: {come_again(former, opened.manifest)}"))
    if folder is None:
        notes.insert(0, Problem(what=UNCOMPARED))
    else:
        found, said = data.compare(opened.cells, folder, registry)
        problems += found
        notes += said
    report = Report(
        file=str(path),
        name=path.stem,
        cells=len(opened.cells),
        data=str(folder or ""),
        problems=tuple(problems),
        notes=tuple(notes),
    )
    return report, opened


def _faults(cell: str, opened: Opened, registry: Registry) -> Iterator[str]:
    """Yield what is wrong with a cell; one that nobody thought of is refused, and keeps no other from being checked."""
    bundled, manifest = opened.cells[cell], opened.manifest
    try:
        content = opened.files[file_names(cell)[0]]
        yield from record.faults(bundled.record, content, cell, manifest.cells[cell], registry)
        yield from predictions.faults(bundled.record, bundled.table, registry)
        yield from members.faults(bundled, opened.cells, registry)
        if bundled.record.cell.identity.dataset not in manifest.datasets:
            yield f"where the dataset {bundled.record.cell.identity.dataset!r} comes from is not listed"
    except Exception as error:
        yield f"cannot be checked: {describe(error)}"


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
