"""What is done with the samples that an audit finds: keep them, or drop them from one side of the split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emobench.audits.audit import FITTED, Audit, AuditInput
from emobench.audits.catalogue import AUDITS
from emobench.contracts import Dataset, Split, Target
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError, nearest
from emobench.records import LeftOut

if TYPE_CHECKING:
    import pandas as pd

KEEP, FROM_TRAINING, FROM_TEST = "keep", "drop-from-training", "drop-from-test"
POLICIES = (KEEP, FROM_TRAINING, FROM_TEST)
_REMEDY = "remove the policy, or say keep"


def apply_policies(
    dataset: Dataset,
    copy: DatasetCopy,
    samples: pd.DataFrame,
    split: Split,
    policies: Mapping[str, str],
    target: Target | None = None,
) -> tuple[Split, tuple[LeftOut, ...]]:
    """Return the split without the samples that policies drop.

    ``drop-from-test`` drops tested samples, ``drop-from-training`` those of train and validation: of what is in two parts,
    the copies on that side; of what is wrong by itself, the samples on that side. Of repeated samples the first one stays.
    The policies are carried out one after another, in the order of :data:`emobench.audits.AUDITS`, each on what the
    previous one left.

    Args:
        dataset: the dataset's plugin.
        copy: of the dataset: its files and its index.
        samples: its index with a truth.
        split: the parts.
        policies: audit name to ``keep``, ``drop-from-training`` or ``drop-from-test``.
        target: votes or values, whose truth the samples have; ``None`` where that is one class.

    Returns:
        The new split, with the same parts, and what each policy that drops left out, for the row.

    Raises:
        EmobenchError: no audit or no policy of a name, an audit that has nothing to drop or cannot run on this data, or a
            part of which nothing is left.
    """
    for name, policy in policies.items():
        _check(name, policy)
    left_out: list[LeftOut] = []
    for name, audit in AUDITS.items():  # always in this order: an identity does not know that of the suite
        if policies.get(name, KEEP) != KEEP:
            split, lost = _dropped(audit, AuditInput(dataset, copy, samples, split, target=target), policies[name])
            left_out += lost
    return split, tuple(left_out)


def _check(name: str, policy: str) -> None:
    if name not in AUDITS:
        raise EmobenchError(f"no audit {name!r}", where="policies", remedy=nearest(name, AUDITS))
    where = f"policies, {name}"
    if policy not in POLICIES:
        raise EmobenchError(f"no policy {policy!r}", where=where, remedy=nearest(policy, POLICIES))
    if policy != KEEP and not AUDITS[name].drops:
        raise EmobenchError("this audit finds no samples that could be dropped", where=where, remedy=_REMEDY)


def _dropped(audit: Audit, data: AuditInput, policy: str) -> tuple[Split, list[LeftOut]]:
    """Return the split without what one audit found on one side, and how many samples each part lost."""
    where = f"policies, {audit.name}"
    try:
        gone = {sample for flagged in audit.find(audit, data) for sample in flagged.samples}
    except EmobenchError as error:
        raise EmobenchError(f"the audit cannot run here: {error}", where=where, remedy=_REMEDY) from error
    parts = dict(data.split.parts)
    lost = []
    for part, ids in data.split.parts.items():
        if (part in FITTED) != (policy == FROM_TRAINING):
            continue
        parts[part] = tuple(sample for sample in ids if sample not in gone)
        if not parts[part]:
            raise EmobenchError(
                f"{policy} leaves nothing of {part}: all {len(ids):,} samples are {audit.drops}",
                where=where,
                remedy="choose another policy, or a protocol that keeps them apart",
            )
        if len(parts[part]) < len(ids):
            lost.append(LeftOut(audit=audit.name, side=part, samples=len(ids) - len(parts[part])))
    side = "training" if policy == FROM_TRAINING else "test"
    return Split(parts), lost or [LeftOut(audit=audit.name, side=side, samples=0)]
