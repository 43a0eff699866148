"""From run folders to a bundle: which cells, without what their machines have no business to tell."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.contracts import PairedDataset
from emobench.errors import EmobenchError, counted
from emobench.plugins import Registry
from emobench.publishing.boards import reduced
from emobench.publishing.bundles.manifest import (
    MANIFEST,
    BundledCell,
    DatasetSource,
    Manifest,
    bundle_name,
    file_names,
    read_receipts,
    sha256,
)
from emobench.publishing.rescoring import Located, matching, rescored
from emobench.records import no_records, record_bytes, scrub, version
from emobench.storage import json_bytes


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
    # One record a cell: a finished one before a failed one, then the latest.
    located = sorted(rescored(runs, registry), key=lambda at: (at[1].status == "finished", at[1].finished, str(at[0])))
    cells = {record.cell.id: (path, record) for path, record in located}
    if not cells:
        raise no_records(runs)
    asked = [record for _, record in matching(cells.values(), only)]
    elsewhere = _brought_by_others(runs, name)
    others = Counter(elsewhere[record.cell.id] for record in asked if record.cell.id in elsewhere)
    left_out = [f"{number} cells are left to the bundle {other!r}" for other, number in sorted(others.items())]
    made_up = [] if synthetic else [record for record in asked if record.cell.provenance == "synthetic"]
    if made_up:
        which = f"e.g. {made_up[0].cell.experiment} ({made_up[0].cell.id})"
        if len(made_up) == len(asked):
            raise EmobenchError(
                f"{counted(len(made_up), 'row is', 'rows are')} synthetic, {which}, and there is no other",
                remedy="run on real data (--data), or pack them with --synthetic to try bundles out",
            )
        left_out.append(f"{counted(len(made_up), 'synthetic row is', 'synthetic rows are')} left out, {which}")
    skipped = elsewhere.keys() | {record.cell.id for record in made_up}
    packed: dict[str, Located] = {}
    for record in (record for record in asked if record.cell.id not in skipped):
        needs: dict[str, Located] = {}
        if reason := _lacking(record.cell.id, cells, needs):
            left_out.append(f"{record.cell.experiment} ({record.cell.id}) is left out: {reason}")
        else:
            packed |= needs
    if not packed:
        raise EmobenchError(f"no result to pack; {'; '.join(left_out[:3])}", where=str(runs))
    content, manifest = _zipped(packed, registry)
    return Packed(content, manifest, tuple(left_out), reduced(record for _, record in packed.values()))


def _brought_by_others(runs: Path, name: str) -> dict[str, str]:
    """Return the cells of a board that only bundles of another name hold, with one of these names."""
    receipts = read_receipts(runs)
    own = receipts.pop(name).cells if name in receipts else {}
    return {cell: other for other, receipt in receipts.items() for cell in receipt.cells if cell not in own}


def _lacking(cell: str, cells: Mapping[str, Located], found: dict[str, Located]) -> str:
    """Add a cell and all that it is made from to ``found``; return why one of them has no result, or nothing."""
    if cell not in cells:
        return f"the cell {cell} that it is made from is not here"
    _, record = found[cell] = cells[cell]
    if record.status == "failed":
        return f"it failed: {record.failure.line if record.failure else 'no reason given'}"
    for need in record.cell.identity.needs:
        if reason := _lacking(need, cells, found):
            return f"it is made from {cells[need][1].cell.experiment}: {reason}" if need in cells else reason
    return ""


def _zipped(packed: Mapping[str, Located], registry: Registry) -> tuple[bytes, Manifest]:
    """Return the zip file and its table of contents. Nothing is compressed, for Parquet is already."""
    files: dict[str, bytes] = {}
    cells: dict[str, BundledCell] = {}
    for cell, (path, record) in sorted(packed.items()):
        written, predictions = record_bytes(scrub(record)), (path / "predictions.parquet").read_bytes()
        files |= dict(zip(file_names(cell), (written, predictions), strict=True))
        cells[cell] = BundledCell(
            suite=record.cell.suite,
            experiment=record.cell.experiment,
            record=sha256(written),
            predictions=sha256(predictions),
        )
    datasets = _sources({record.cell.identity.dataset for _, record in packed.values()}, registry)
    manifest = Manifest(emobench=version(), cells=cells, datasets=datasets)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {MANIFEST: json_bytes(manifest.model_dump(mode="json")), **files}.items():
            archive.writestr(name, content)
    return file.getvalue(), manifest


def _sources(names: set[str], registry: Registry) -> dict[str, DatasetSource | None]:
    """Return where datasets, and those that they pair, come from."""
    known = [registry.datasets[name] for name in names if name in registry.datasets]
    members = {name for dataset in known if isinstance(dataset, PairedDataset) for name in dataset.members}
    return {
        name: DatasetSource.model_validate(registry.datasets[name], from_attributes=True)
        if name in registry.datasets
        else None
        for name in sorted(names | members)
    }
