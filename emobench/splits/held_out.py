"""A validation part out of what a protocol gives, for whoever selects on it: ``hold_out``, a parameter of every protocol.

It is divided from training as the test part is: by sample where the protocol is leaky or nobody is named, and with people
apart where the protocol keeps them apart.
"""

from __future__ import annotations

import hashlib
import numbers
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError, nearest
from emobench.records import HOLD_OUT, VALIDATION

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = 1_000_000
"""Shares are whole numbers of millionths, so that a tie is a tie on every machine."""


def hold_out(samples: pd.DataFrame, split: Split, protocol: SplitProtocol, parameters: Mapping[str, Any]) -> Split:
    """Return a split with a validation part.

    Args:
        samples: the classified index.
        split: what the protocol gives.
        protocol: the rule; where it keeps the values of a column apart that a parameter ``by`` names, so does this.
        parameters: with ``hold_out``: the share of the training samples in (0, 1), or the name of a test part, which is
            validation instead; and with the protocol's ``seed``, where it has one.

    Raises:
        EmobenchError: there is a validation part already, there is nothing to hold out of, or ``hold_out`` says nothing that
            can be done.
    """
    asked, where = parameters[HOLD_OUT], f"protocol {protocol.name!r}, {HOLD_OUT}"
    if VALIDATION in split.parts:
        raise EmobenchError("it makes a validation part already", where=where, remedy=f"leave {HOLD_OUT} out")
    check_hold_out(asked, where)
    if isinstance(asked, str):
        return _part(split, asked, where)
    if "train" not in split.parts:
        raise EmobenchError("there is no training part", where=where, remedy=f"leave {HOLD_OUT} out")
    training = samples[samples["sample_id"].isin(split.parts["train"])].sort_values("sample_id")
    groups = _groups(training, protocol, parameters, where)
    seed = parameters.get("seed", 0)
    chosen = _samples(training, asked, seed) if groups is None else _whole_groups(training, groups, asked, seed, where)
    kept = tuple(sample for sample in split.parts["train"] if sample not in chosen)
    aside = tuple(sample for sample in split.parts["train"] if sample in chosen)
    others = {part: ids for part, ids in split.parts.items() if part != "train"}
    return replace(split, parts={"train": kept, VALIDATION: aside, **others})


def check_hold_out(asked: object, where: str) -> None:
    """Refuse what is neither a share nor a name."""
    share = isinstance(asked, numbers.Real) and not isinstance(asked, bool)
    if not (isinstance(asked, str) and asked) and not (share and 0 < asked < 1):  # type: ignore[operator]
        what, remedy = f"it is {asked!r}", "give a share above 0 and below 1, or the name of a test part"
        raise EmobenchError(what, where=where, remedy=remedy)


def _part(split: Split, name: str, where: str) -> Split:
    """Return a split in which a test part is validation instead."""
    if name not in split.test_parts:
        raise EmobenchError(f"no test part {name!r}", where=where, remedy=nearest(name, split.test_parts))
    if len(split.test_parts) == 1:
        raise EmobenchError(f"{name!r} is the only test part", where=where, remedy="give a share, such as 0.2")
    parts = {(VALIDATION if part == name else part): ids for part, ids in split.parts.items()}
    first = [part for part in ("train", VALIDATION) if part in parts]
    return replace(split, parts={part: parts[part] for part in dict.fromkeys((*first, *parts))})


def _groups(
    training: pd.DataFrame, protocol: SplitProtocol, parameters: Mapping[str, Any], where: str
) -> pd.Series[str] | None:
    """Return what is kept apart, a value a sample; ``None`` where nothing is."""
    by = parameters.get("by", "group")
    if protocol.leaky:
        return None
    if isinstance(by, list | tuple) and len(by) == 1:
        by = by[0]
    if not isinstance(by, str):
        what, remedy = "several columns are kept apart", "use validation_size, or name one column in by"
        raise EmobenchError(what, where=where, remedy=remedy)
    if by not in training:
        return None  # a rule that needs the column has refused the data; others keep nobody apart
    names = training[by].astype(str).where(training[by].notna(), "")
    if (names == "").all():
        return None
    # Somebody without a name is nobody else.
    return names.where(names != "", "\0" + training["sample_id"])


def _place(seed: object, name: str) -> str:
    """Return what a name is sorted by: by chance, and the same on every machine."""
    return hashlib.sha256(f"{seed}\n{HOLD_OUT}\n{name}".encode()).hexdigest()


def _samples(training: pd.DataFrame, share: float, seed: object) -> set[str]:
    """Draw a share of each class, one sample of it at least where it has two."""
    chosen: set[str] = set()
    for _, ids in training.groupby("label", sort=True)["sample_id"]:
        number = min(max(1, round(share * len(ids))), len(ids) - 1)
        chosen.update(sorted(ids, key=lambda name: _place(seed, name))[:number])
    return chosen


def _whole_groups(training: pd.DataFrame, groups: pd.Series[str], share: float, seed: object, where: str) -> set[str]:
    """Take groups that bring the classes nearer to their shares: a third by chance, then the best; one at least, never all.

    Nearer: the sum over the classes of the squared differences from the share that is asked for, each as a part of all
    training samples of the class, becomes less.
    """
    import pandas as pd

    counts = pd.crosstab(groups, training["label"])
    counts = counts.loc[sorted(counts.index, key=lambda name: _place(seed, name))]
    if len(counts) < 2:
        what = f"the training part has one value of {groups.name!r}, {counts.index[0]!r}"
        raise EmobenchError(what, where=where, remedy="nothing can be held out with it apart: use a protocol by sample")
    brought = counts.to_numpy() * _WHOLE // counts.to_numpy().sum(axis=0)
    wanted = round(share * _WHOLE)
    held, before = brought[0] * 0, len(brought[0]) * wanted**2
    taken: list[int] = []
    while len(taken) < len(brought) - 1:
        after = ((held + brought - wanted) ** 2).sum(axis=1)
        after[taken] = before
        nearer = (after < before).nonzero()[0]
        if taken and not len(nearer):
            break
        by_chance = len(nearer) and 3 * held.sum() < wanted * len(held)
        best = int(nearer[0] if by_chance else after.argmin())
        held, before = held + brought[best], int(after[best])
        taken.append(best)
    names = set(counts.index[taken])
    return set(training["sample_id"][groups.isin(names)])
