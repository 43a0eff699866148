"""What is done with the samples that an audit finds: keep them, or drop them from one side of the split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from emobench.audits.audit import Audit, Caught, Material
from emobench.contracts import Dataset, Split
from emobench.datasets import Source
from emobench.departures import LeftOut
from emobench.errors import EmobenchError, nearest

if TYPE_CHECKING:
    import pandas as pd

KEEP, FROM_TRAINING, FROM_TEST = "keep", "drop-from-training", "drop-from-test"
POLICIES = (KEEP, FROM_TRAINING, FROM_TEST)


def apply(
    audits: Mapping[str, Audit],
    dataset: Dataset,
    source: Source,
    samples: pd.DataFrame,
    split: Split,
    policies: Mapping[str, str],
) -> tuple[Split, tuple[LeftOut, ...]]:
    """Return the split without what policies drop, see :func:`emobench.audits.apply_policies`."""
    for name, policy in policies.items():
        _check(audits, name, policy)
    left_out: list[LeftOut] = []
    for name, audit in audits.items():  # in this order whatever the suite's, for an identity knows none
        if policies.get(name, KEEP) != KEEP:
            material = Material.of(dataset, source, samples, split, lambda number: None)
            split, lost = _dropped(audit, material, policies[name])
            left_out += lost
    return split, tuple(left_out)


def _check(audits: Mapping[str, Audit], name: str, policy: str) -> None:
    if name not in audits:
        raise EmobenchError(f"no audit {name!r}", where="policies", remedy=nearest(name, audits))
    if policy not in POLICIES:
        raise EmobenchError(f"no policy {policy!r}", where=f"policies, {name}", remedy=nearest(policy, POLICIES))
    if policy != KEEP and audits[name].drops is None:
        raise EmobenchError(
            "this audit finds no samples that could be dropped",
            where=f"policies, {name}",
            remedy="remove the policy, or say keep",
        )


def _dropped(audit: Audit, material: Material, policy: str) -> tuple[Split, list[LeftOut]]:
    """Return the split without what one audit found on one side, and how many samples each part lost."""
    assert audit.drops is not None  # checked before
    _, several = audit.drops
    where = f"policies, {audit.name}"
    try:
        caught = audit.run(material)
    except EmobenchError as error:
        raise EmobenchError(
            f"the audit cannot run here: {error}", where=where, remedy="remove the policy, or say keep"
        ) from error
    gone = set(_side(caught, policy))
    parts = {}
    lost = []
    for part, ids in material.split.parts.items():
        kept = tuple(sample for sample in ids if sample not in gone)
        if not kept:
            raise EmobenchError(
                f"{policy} leaves nothing of {part}: all {len(ids):,} samples are {several}",
                where=where,
                remedy="choose another policy, or a protocol that keeps them apart",
            )
        parts[part] = kept
        if len(kept) < len(ids):
            lost.append(LeftOut(audit=audit.name, side=part, samples=len(ids) - len(kept)))
    side = "training" if policy == FROM_TRAINING else "test"
    return Split(parts), lost or [LeftOut(audit=audit.name, side=side, samples=0)]


def _side(caught: list[Caught], policy: str) -> Iterator[str]:
    for one in caught:
        yield from one.training if policy == FROM_TRAINING else one.tested
