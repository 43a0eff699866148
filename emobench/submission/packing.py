"""From run folders to a bundle: which cells, without what their machines have no business to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench import publishing
from emobench.contracts import Dataset, PairedDataset
from emobench.environment import version
from emobench.errors import EmobenchError
from emobench.leaderboard.scrub import scrub
from emobench.plugins import Registry
from emobench.records import Record, no_records, record_bytes
from emobench.submission.manifest import (
    MANIFEST,
    PREDICTIONS,
    RECORD,
    BundledCell,
    DatasetSource,
    Manifest,
    bundle_name,
    manifest_bytes,
    sha256,
    zip_bytes,
)
from emobench.submission.receipts import read_receipts
from emobench.suites import find_suite


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
        registry: tells the titles of suites and where datasets come from.
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
    left_out = [f"{number} cells are left to the bundle {other!r}" for other, number in _counted(wanted, elsewhere)]
    chosen: dict[str, publishing.Located] = {}
    made_up = [] if synthetic else [record for _, record in wanted if record.cell.provenance == "synthetic"]
    if made_up and len(made_up) < len(wanted):
        number = "1 synthetic row is" if len(made_up) == 1 else f"{len(made_up)} synthetic rows are"
        left_out.append(f"{number} left out, e.g. {made_up[0].cell.experiment} ({made_up[0].cell.id})")
        wanted = [one for one in wanted if one[1].cell.provenance != "synthetic"]
    for _, record in wanted:
        if record.cell.id in elsewhere:
            continue
        try:
            chosen |= {one: cells[one] for one in _with_needs(record, cells)}
        except _Lacking as reason:
            left_out.append(f"{record.cell.experiment} ({record.cell.id}) is left out: {reason}")
    if not chosen:
        raise EmobenchError(f"no result to pack; {'; '.join(left_out[:3])}", where=str(runs))
    _refuse_synthetic([record for _, record in chosen.values()], synthetic)
    content, manifest = _packed(chosen, registry)
    reduced = publishing.reduced(record for _, record in chosen.values())
    return Packed(content, manifest, tuple(left_out), reduced)


class _Lacking(Exception):  # noqa: N818 - no error: what cannot be packed is left out, and said so
    """A cell, or one that it is made from, has no result here."""


def _one_each(located: Iterable[publishing.Located]) -> dict[str, publishing.Located]:
    """Return one record a cell: a finished one before a failed one, then the latest."""
    ordered = sorted(located, key=lambda one: (one[1].status == "finished", one[1].finished, str(one[0])))
    return {record.cell.id: (path, record) for path, record in ordered}


def _brought_by_others(runs: Path, name: str) -> dict[str, str]:
    """Return the cells of a board that only bundles of another name hold, with one of these names."""
    receipts = read_receipts(runs)
    own = {cell.id for receipt in receipts if receipt.name == name for cell in receipt.manifest.cells}
    return {cell.id: one.name for one in receipts for cell in one.manifest.cells if cell.id not in own}


def _counted(wanted: list[publishing.Located], elsewhere: dict[str, str]) -> Iterator[tuple[str, int]]:
    names = [elsewhere[record.cell.id] for _, record in wanted if record.cell.id in elsewhere]
    yield from ((name, names.count(name)) for name in sorted(set(names)))


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


def _refuse_synthetic(records: list[Record], welcome: bool) -> None:
    synthetic = sorted(record.cell.experiment for record in records if record.cell.provenance == "synthetic")
    if synthetic and not welcome:
        raise EmobenchError(
            f"{len(synthetic)} of {len(records)} rows are synthetic, e.g. {synthetic[0]!r}",
            remedy="run on real data (--data), or pack them with --synthetic to try bundles out",
        )


def _packed(chosen: dict[str, publishing.Located], registry: Registry) -> tuple[bytes, Manifest]:
    files: dict[str, bytes] = {}
    records = []
    for cell, (path, record) in sorted(chosen.items()):
        records.append(record)
        files[f"cells/{cell}/{RECORD}"] = record_bytes(scrub(record))
        files[f"cells/{cell}/{PREDICTIONS}"] = (path / PREDICTIONS).read_bytes()
    manifest = Manifest(
        emobench=version(),
        created=max(record.finished for record in records),
        suites={name: _title(name, registry) for name in sorted({record.cell.suite for record in records})},
        cells=tuple(
            BundledCell(id=record.cell.id, suite=record.cell.suite, experiment=record.cell.experiment)
            for record in records
        ),
        files={name: sha256(content) for name, content in sorted(files.items())},
        datasets=_sources({record.cell.identity.dataset for record in records}, registry),
    )
    return zip_bytes({MANIFEST: manifest_bytes(manifest), **files}), manifest


def _title(suite: str, registry: Registry) -> str:
    # A suite that was a file of somebody's own is known by its name alone.
    return find_suite(suite, registry).title if suite in registry.suites else suite


def _sources(names: set[str], registry: Registry) -> dict[str, DatasetSource | None]:
    """Return where datasets, and those that they pair, come from."""
    known = [registry.datasets[name] for name in names if name in registry.datasets]
    members = {name for one in known if isinstance(one, PairedDataset) for name in one.members}
    return {name: _source(registry.datasets.get(name)) for name in sorted(names | members)}


def _source(dataset: Dataset | None) -> DatasetSource | None:
    if dataset is None:
        return None
    return DatasetSource(
        title=dataset.title, license=dataset.license, homepage=dataset.homepage, citation=dataset.citation
    )
