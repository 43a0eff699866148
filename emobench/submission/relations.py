"""Cells of a bundle beside each other: what they are made from, and whether they agree on samples and labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from emobench.cells import PROVENANCES
from emobench.departures import limit_of
from emobench.errors import EmobenchError
from emobench.folds import pooled
from emobench.fusions import Member, fuse
from emobench.plugins import Registry, describe
from emobench.records import probability_columns
from emobench.submission.checks import Bundled

if TYPE_CHECKING:
    import pandas as pd

_PROBABILITY = 1e-5
"""How far a probability may be from what its members give: they are stored as float32."""


def need_faults(one: Bundled, cells: Mapping[str, Bundled], registry: Registry) -> Iterator[str]:
    """Yield what is missing of that which a cell is made from, and where it is not made from it."""
    identity = one.record.cell.identity
    kinds = {"member": identity.members, "fold": identity.folds, "fitted model": (identity.trained,)}
    missing = [(kind, need) for kind, needs in kinds.items() for need in needs if need and need not in cells]
    for kind, need in missing:
        yield f"its {kind} {need} is not in the bundle"
    if missing:
        return
    yield from _trust_faults(one, [cells[need] for need in identity.needs])
    if identity.members:
        yield from _fusion_faults(one, [cells[name] for name in identity.members], registry)
    if identity.folds:
        yield from _pool_faults(one, [cells[name] for name in identity.folds])


def _trust_faults(one: Bundled, needs: list[Bundled]) -> Iterator[str]:
    """A result is to be trusted as far as the least trustworthy of what it is made from."""
    cell = one.record.cell
    for need in (need.record.cell for need in needs):
        if PROVENANCES.index(cell.provenance) < PROVENANCES.index(need.provenance):
            yield f"it is {cell.provenance!r}, and made from the cell {need.id}, which is {need.provenance!r}"
        if need.leaky and not cell.leaky:
            yield f"it is made from the cell {need.id}, whose split is leaky, and the record does not say so"


def _fusion_faults(one: Bundled, members: list[Bundled], registry: Registry) -> Iterator[str]:
    """Compare a fusion with its members; where it learns nothing, combine them again."""
    identity = one.record.cell.identity
    if other := list(_other_task(one, members, ("dataset", "content", "labels", "classes", "split"))):
        yield from other
        return
    fusion = registry.fusions.get(identity.fusion.name) if identity.fusion else None
    if fusion is None or fusion.learns:
        return
    parts = [part for part in identity.split if part != "train"]
    try:
        fused = fuse(fusion, [_member(member) for member in members], identity.classes, parts)
    except EmobenchError as error:
        yield f"its members cannot be combined: {error.what}"
        return
    except Exception as error:  # a plugin may raise anything
        yield f"its members cannot be combined: {describe(error)}"
        return
    columns = probability_columns(identity.classes)
    found = fused.truth[["sample_id"]].assign(**dict(zip(columns, fused.probabilities.T, strict=True)))
    yield from _other_probabilities(one, found, columns, "the members give")


def _other_task(one: Bundled, parts: list[Bundled], fields: tuple[str, ...]) -> Iterator[str]:
    """Yield what a member or fold has not in common with the cell that is made from it."""
    identity = one.record.cell.identity
    for theirs in (part.record.cell.identity for part in parts):
        for name in fields:
            if getattr(theirs, name) != getattr(identity, name):
                yield f"the cell {theirs.id} that it is made from has another {name}"


def _member(one: Bundled) -> Member:
    dropped = {lost.sample_id: lost.reason for lost in one.record.dropped}
    return Member(one.record.cell.experiment, one.table.set_index("sample_id"), dropped)


def _pool_faults(one: Bundled, folds: list[Bundled]) -> Iterator[str]:
    identity = one.record.cell.identity
    if other := list(_other_task(one, folds, ("dataset", "content", "labels", "classes"))):
        yield from other
        return
    found = pooled([fold.table for fold in folds], identity.test_parts)
    yield from _other_probabilities(one, found, probability_columns(identity.classes), "the folds give")


def _other_probabilities(one: Bundled, found: pd.DataFrame, columns: list[str], whose: str) -> Iterator[str]:
    """Yield a sentence if a cell does not predict the same samples, or not the same for them."""
    if found["sample_id"].duplicated().any() or one.table["sample_id"].duplicated().any():
        yield f"a sample is there twice, or {whose} it twice"
        return
    stored, found = one.table.set_index("sample_id")[columns], found.set_index("sample_id")[columns]
    if other := sorted(set(stored.index) ^ set(found.index)):
        yield f"it does not predict the samples that {whose}, e.g. {other[0]!r}"
        return
    off = (stored - found.loc[stored.index]).abs().max(axis=1)
    if (bad := off[~(off <= _PROBABILITY)]).size:
        yield f"other probabilities than {whose}, for {bad.size:,} samples, e.g. {bad.index[0]!r}"


def content_faults(cells: Iterable[tuple[str, Bundled]]) -> Iterator[tuple[str, str]]:
    """Yield the cells with the same official files as an earlier one and another content: other samples or labels of them.

    Args:
        cells: where each is, and the cell; those that are trusted first.
    """
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for where, one in cells:
        identity = one.record.cell.identity
        if one.record.cell.provenance != "official":
            continue
        content, first = known.setdefault((identity.dataset, identity.fingerprint), (identity.content, where))
        if content != identity.content:
            yield where, f"the same files of {identity.dataset!r} have another content than in {first}"


def label_faults(cells: Iterable[tuple[str, Bundled]]) -> Iterator[tuple[str, str]]:
    """Yield the cells in which a sample has another label or group than in an earlier one with the same data.

    Args:
        cells: where each is, and the cell; those that are trusted first.
    """
    known: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    for where, one in cells:
        identity = one.record.cell.identity
        for column in ("label", "group"):
            data = column, identity.dataset, identity.content, identity.labels
            samples = known.setdefault(data, {})
            values = list(zip(one.table["sample_id"], one.table[column], strict=True))
            other = [(sample, value) for sample, value in values if samples.get(sample, (value,))[0] != value]
            if other:
                sample, value = other[0]
                there, first = samples[sample]
                others = f", and {len(other) - 1:,} more" if len(other) > 1 else ""
                yield where, f"the {column} of sample {sample!r} is {value!r}, and {there!r} in {first}{others}"
            for sample, value in values:
                samples.setdefault(sample, (value, where))


def split_faults(cells: Iterable[tuple[str, Bundled]]) -> Iterator[tuple[str, str]]:
    """Yield the cells whose split is another than that of an earlier one with the same data, rule and departures.

    Args:
        cells: where each is, and the cell; those that are trusted first.
    """
    known: dict[tuple[str, ...], tuple[dict[str, str], str]] = {}
    for where, one in cells:
        identity = one.record.cell.identity
        rule = identity.protocol.model_dump_json(), str(sorted(identity.policies.items())), str(bool(identity.folds))
        limit = str(limit_of(one.record.cell.departures))
        data = identity.dataset, identity.content, identity.labels
        split, there = known.setdefault((*data, *rule, limit), (identity.split, where))
        if other := sorted(
            part for part in split.keys() & identity.split.keys() if split[part] != identity.split[part]
        ):
            yield where, f"the part {other[0]!r} has other samples than in {there}, by the same rule on the same data"
