"""From run folders to a bundle: which cells, without what their machines have no business to tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench import publishing
from emobench.contracts import Dataset, PairedDataset
from emobench.errors import EmobenchError, counted
from emobench.plugins import Registry
from emobench.publishing.bundles.manifest import (
    CELLS,
    PREDICTIONS,
    RECORD,
    BundledCell,
    DatasetSource,
    Manifest,
    bundle_name,
    read_receipts,
    sha256,
    zip_bytes,
)
from emobench.records import Record, no_records, record_bytes, scrub, version


@dataclass(frozen=True)
class Packed:
    """A bundle that was made.

    Attributes:
        content: the zip file.
        manifest: its table of contents.
        left_out: one line for each cell that was asked for and is not in it, with the reason.
        reduced: how many rows come from shortened runs; empty for none.
    """

    content: bytes
    manifest: Manifest
    left_out: tuple[str, ...]
    reduced: str


def pack(runs: Path, output: Path, registry: Registry, only: Sequence[str] = (), *, synthetic: bool = False) -> Packed:
    """Pack the results under a folder, and what they are made from, into a bundle.

    Scores are computed again. Failed cells, and cells that are made from what is not here, are left out. On a board, the
    cells that other bundles brought are left to those.

    Args:
        runs: folder with the cells of one or more runs.
        output: where the bundle is going to be written; its name becomes the bundle's.
        registry: tells where datasets come from.
        only: glob patterns of experiments or of cells' ids; all of them if empty. What these are made from is packed with
            them.
        synthetic: whether rows of synthetic twins are packed too; otherwise they are left out.

    Raises:
        EmobenchError: there is no result, a pattern matches none, or every row is synthetic.
    """
    name = bundle_name(output)
    cells = _one_each(publishing.rescored(runs, registry))
    if not cells:
        raise no_records(runs)
    wanted = publishing.matching(cells.values(), only)
    elsewhere = _brought_by_others(runs, name)
    others = Counter(elsewhere[record.cell.id] for _, record in wanted if record.cell.id in elsewhere)
    left_out = [f"{number} cells are left to the bundle {other!r}" for other, number in sorted(others.items())]
    made_up = [] if synthetic else [record for _, record in wanted if record.cell.provenance == "synthetic"]
    if made_up:
        which = f"e.g. {made_up[0].cell.experiment} ({made_up[0].cell.id})"
        if len(made_up) == len(wanted):
            raise EmobenchError(
                f"{counted(len(made_up), 'row is', 'rows are')} synthetic, {which}, and there is no other",
                remedy="run on real data (--data), or pack them with --synthetic to try bundles out",
            )
        left_out.append(f"{counted(len(made_up), 'synthetic row is', 'synthetic rows are')} left out, {which}")
    chosen: dict[str, publishing.Located] = {}
    for _, record in wanted:
        if record.cell.id in elsewhere or (record.cell.provenance == "synthetic" and not synthetic):
            continue
        try:
            chosen |= {cell: cells[cell] for cell in _with_needs(record, cells)}
        except _Lacking as reason:
            left_out.append(f"{record.cell.experiment} ({record.cell.id}) is left out: {reason}")
    if not chosen:
        raise EmobenchError(f"no result to pack; {'; '.join(left_out[:3])}", where=str(runs))
    content, manifest = _packed(chosen, registry)
    reduced = publishing.reduced(record for _, record in chosen.values())
    return Packed(content, manifest, tuple(left_out), reduced)


class _Lacking(Exception):  # noqa: N818 - no error: what cannot be packed is left out, and said so
    """A cell, or one that it is made from, has no result here."""


def _one_each(located: Iterable[publishing.Located]) -> dict[str, publishing.Located]:
    """Return one record a cell: a finished one before a failed one, then the latest."""
    ordered = sorted(located, key=lambda cell: (cell[1].status == "finished", cell[1].finished, str(cell[0])))
    return {record.cell.id: (path, record) for path, record in ordered}


def _brought_by_others(runs: Path, name: str) -> dict[str, str]:
    """Return the cells of a board that only bundles of another name hold, with one of these names."""
    receipts = read_receipts(runs)
    own = receipts.pop(name).cells if name in receipts else {}
    return {cell: other for other, receipt in receipts.items() for cell in receipt.cells if cell not in own}


def _with_needs(record: Record, cells: dict[str, publishing.Located]) -> set[str]:
    """Return the ids of a cell and of all that it is made from.

    Raises:
        _Lacking: one of them has no result.
    """
    if record.status == "failed":
        why = record.failure.message.splitlines()[0] if record.failure and record.failure.message else "no reason given"
        raise _Lacking(f"it failed: {why}")
    found = {record.cell.id}
    for need in record.cell.identity.needs:
        if need not in cells:
            raise _Lacking(f"the cell {need} that it is made from is not here")
        try:
            found |= _with_needs(cells[need][1], cells)
        except _Lacking as reason:
            raise _Lacking(f"it is made from {cells[need][1].cell.experiment}: {reason}") from None
    return found


def _packed(chosen: dict[str, publishing.Located], registry: Registry) -> tuple[bytes, Manifest]:
    files: dict[str, bytes] = {}
    cells: dict[str, BundledCell] = {}
    for cell, (path, record) in sorted(chosen.items()):
        written, predictions = record_bytes(scrub(record)), (path / PREDICTIONS).read_bytes()
        files |= {f"{CELLS}/{cell}/{RECORD}": written, f"{CELLS}/{cell}/{PREDICTIONS}": predictions}
        cells[cell] = BundledCell(
            suite=record.cell.suite,
            experiment=record.cell.experiment,
            record=sha256(written),
            predictions=sha256(predictions),
        )
    sources = _sources({record.cell.identity.dataset for _, record in chosen.values()}, registry)
    manifest = Manifest(emobench=version(), cells=cells, datasets=sources)
    return zip_bytes(manifest, files), manifest


def _sources(names: set[str], registry: Registry) -> dict[str, DatasetSource | None]:
    """Return where datasets, and those that they pair, come from."""
    known = [registry.datasets[name] for name in names if name in registry.datasets]
    members = {name for dataset in known if isinstance(dataset, PairedDataset) for name in dataset.members}
    return {name: _source(registry.datasets.get(name)) for name in sorted(names | members)}


def _source(dataset: Dataset | None) -> DatasetSource | None:
    if dataset is None:
        return None
    return DatasetSource(
        title=dataset.title, license=dataset.license, homepage=dataset.homepage, citation=dataset.citation
    )
