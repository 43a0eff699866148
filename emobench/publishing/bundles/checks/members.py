"""Cells that are made from others: whether these are in the bundle, and give what the cell says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError
from emobench.models import MemberPredictions, fuse
from emobench.plugins import Registry
from emobench.publishing.bundles.reading import Bundled
from emobench.records import PROVENANCES, Identity, probability_columns
from emobench.splits import pooled

if TYPE_CHECKING:
    import pandas as pd

_PROBABILITY = 1e-5
"""How far a probability may be from what its members give: they are stored as float32."""


def faults(bundled: Bundled, cells: Mapping[str, Bundled], registry: Registry) -> Iterator[str]:
    """Yield which members, folds or fitted models of a cell are missing, and where the cell does not follow from them."""
    identity = bundled.record.cell.identity
    kinds = {"member": identity.members, "fold": identity.folds, "fitted model": (identity.trained,)}
    missing = [(kind, need) for kind, needs in kinds.items() for need in needs if need and need not in cells]
    for kind, need in missing:
        yield f"its {kind} {need} is not in the bundle"
    if missing:
        return
    yield from _trust_faults(bundled, [cells[need] for need in identity.needs])
    if identity.members:
        members = [cells[name] for name in identity.members]
        yield from _combined_faults(bundled, members, "members", lambda: _fused(identity, members, registry))
    if identity.folds:
        folds = [cells[name] for name in identity.folds]
        tables = [fold.table for fold in folds]
        yield from _combined_faults(bundled, folds, "folds", lambda: pooled(tables, identity.test_parts))


def _trust_faults(bundled: Bundled, needs: list[Bundled]) -> Iterator[str]:
    """A result is to be trusted as far as the least trustworthy of what it is made from."""
    cell = bundled.record.cell
    for need in (need.record.cell for need in needs):
        if PROVENANCES.index(cell.provenance) < PROVENANCES.index(need.provenance):
            yield f"it is {cell.provenance!r}, and made from the cell {need.id}, which is {need.provenance!r}"
        if need.leaky and not cell.leaky:
            yield f"it is made from the cell {need.id}, whose split is leaky, and the record does not say so"


def _fused(identity: Identity, members: list[Bundled], registry: Registry) -> pd.DataFrame | None:
    """Combine members again; ``None`` where the fusion learns, or is not installed."""
    fusion = registry.fusions.get(identity.fusion.name) if identity.fusion else None
    if fusion is None or fusion.learns:
        return None
    given = [MemberPredictions.of(member.record, member.table) for member in members]
    fused = fuse(fusion, given, identity.classes, [part for part in identity.split if part != "train"])
    columns = probability_columns(identity.classes)
    return fused.truth[["sample_id"]].assign(**dict(zip(columns, fused.probabilities.T, strict=True)))


def _combined_faults(
    bundled: Bundled, parts: list[Bundled], kind: str, combine: Callable[[], pd.DataFrame | None]
) -> Iterator[str]:
    """Compare a cell with its members or folds, combined again."""
    identity = bundled.record.cell.identity
    shared = ("dataset", "content", "labels", "classes", "target", *(("split",) if kind == "members" else ()))
    others = [
        f"the cell {theirs.id} that it is made from has another {name}"
        for theirs in (part.record.cell.identity for part in parts)
        for name in shared
        if getattr(theirs, name) != getattr(identity, name)
    ]
    if others:
        yield from others
        return
    try:
        found = combine()
    except EmobenchError as error:
        yield f"its {kind} cannot be combined: {error.what}"
        return
    if found is not None:
        yield from _other_probabilities(bundled.table, found, probability_columns(identity.classes), kind)


def _other_probabilities(stored: pd.DataFrame, found: pd.DataFrame, columns: list[str], kind: str) -> Iterator[str]:
    """Yield a sentence if a cell does not predict the same samples, or not the same for them."""
    if found["sample_id"].duplicated().any() or stored["sample_id"].duplicated().any():
        yield f"a sample is there twice, or the {kind} give it twice"
        return
    stored, found = stored.set_index("sample_id")[columns], found.set_index("sample_id")[columns]
    if other := sorted(set(stored.index) ^ set(found.index)):
        yield f"it does not predict the samples that the {kind} give, e.g. {other[0]!r}"
        return
    off = (stored - found.loc[stored.index]).abs().max(axis=1)
    if (bad := off[~(off <= _PROBABILITY)]).size:
        yield f"other probabilities than the {kind} give, for {bad.size:,} samples, e.g. {bad.index[0]!r}"
