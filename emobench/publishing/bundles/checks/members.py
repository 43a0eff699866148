"""Cells that are made from others: whether these are in the bundle, and give what the cell says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError
from emobench.models import Member, fuse
from emobench.plugins import Registry
from emobench.publishing.bundles.checks.read import Bundled
from emobench.records import PROVENANCES, probability_columns
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
        yield from _combined_faults(bundled, [cells[name] for name in identity.members], "members", registry)
    if identity.folds:
        yield from _combined_faults(bundled, [cells[name] for name in identity.folds], "folds", registry)


def _combined_faults(bundled: Bundled, parts: list[Bundled], kind: str, registry: Registry) -> Iterator[str]:
    """Compare a cell with its members or folds; unless a fusion learns, combine them again."""
    shared = ("dataset", "content", "labels", "classes", *(("split",) if kind == "members" else ()))
    if other := list(_other_task(bundled, parts, shared)):
        yield from other
        return
    try:
        found = _fused(bundled, parts, registry) if kind == "members" else _pooled(bundled, parts)
    except EmobenchError as error:
        yield f"its {kind} cannot be combined: {error.what}"
        return
    if found is not None:
        columns = probability_columns(bundled.record.cell.identity.classes)
        yield from _other_probabilities(bundled, found, columns, f"the {kind} give")


def _trust_faults(bundled: Bundled, needs: list[Bundled]) -> Iterator[str]:
    """A result is to be trusted as far as the least trustworthy of what it is made from."""
    cell = bundled.record.cell
    for need in (need.record.cell for need in needs):
        if PROVENANCES.index(cell.provenance) < PROVENANCES.index(need.provenance):
            yield f"it is {cell.provenance!r}, and made from the cell {need.id}, which is {need.provenance!r}"
        if need.leaky and not cell.leaky:
            yield f"it is made from the cell {need.id}, whose split is leaky, and the record does not say so"


def _fused(bundled: Bundled, members: list[Bundled], registry: Registry) -> pd.DataFrame | None:
    """Combine members again; ``None`` where the fusion learns, or is not installed.

    Raises:
        EmobenchError: they cannot be combined.
    """
    identity = bundled.record.cell.identity
    fusion = registry.fusions.get(identity.fusion.name) if identity.fusion else None
    if fusion is None or fusion.learns:
        return None
    fused = fuse(
        fusion,
        [_member(member) for member in members],
        identity.classes,
        [part for part in identity.split if part != "train"],
    )
    columns = probability_columns(identity.classes)
    return fused.truth[["sample_id"]].assign(**dict(zip(columns, fused.probabilities.T, strict=True)))


def _pooled(bundled: Bundled, folds: list[Bundled]) -> pd.DataFrame:
    return pooled([fold.table for fold in folds], bundled.record.cell.identity.test_parts)


def _other_task(bundled: Bundled, parts: list[Bundled], fields: tuple[str, ...]) -> Iterator[str]:
    """Yield what a member or fold has not in common with the cell that is made from it."""
    identity = bundled.record.cell.identity
    for theirs in (part.record.cell.identity for part in parts):
        for name in fields:
            if getattr(theirs, name) != getattr(identity, name):
                yield f"the cell {theirs.id} that it is made from has another {name}"


def _member(bundled: Bundled) -> Member:
    dropped = {lost.sample_id: lost.reason for lost in bundled.record.dropped}
    return Member(bundled.record.cell.experiment, bundled.table.set_index("sample_id"), dropped)


def _other_probabilities(bundled: Bundled, found: pd.DataFrame, columns: list[str], whose: str) -> Iterator[str]:
    """Yield a sentence if a cell does not predict the same samples, or not the same for them."""
    if found["sample_id"].duplicated().any() or bundled.table["sample_id"].duplicated().any():
        yield f"a sample is there twice, or {whose} it twice"
        return
    stored, found = bundled.table.set_index("sample_id")[columns], found.set_index("sample_id")[columns]
    if other := sorted(set(stored.index) ^ set(found.index)):
        yield f"it does not predict the samples that {whose}, e.g. {other[0]!r}"
        return
    off = (stored - found.loc[stored.index]).abs().max(axis=1)
    if (bad := off[~(off <= _PROBABILITY)]).size:
        yield f"other probabilities than {whose}, for {bad.size:,} samples, e.g. {bad.index[0]!r}"
