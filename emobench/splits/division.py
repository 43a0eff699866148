"""From an index to the parts that a cell uses: protocol, hold-out, limit, in that order; and whether the parts leak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench.plugins import with_defaults
from emobench.records import HOLD_OUT
from emobench.splits.held_out import check_hold_out, hold_out

if TYPE_CHECKING:
    import pandas as pd

# The draw of --limit is part of no result that counts; one fixed seed keeps it the same everywhere.
_LIMIT_SEED = 0


def rule_parameters(protocol: SplitProtocol, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return every parameter of a protocol with its value, and ``hold_out`` where it is set.

    Raises:
        EmobenchError: it has no such parameter.
    """
    if HOLD_OUT in chosen and HOLD_OUT not in protocol.parameters:
        check_hold_out(chosen[HOLD_OUT], f"protocol {protocol.name!r}, {HOLD_OUT}")
    merged = with_defaults({HOLD_OUT: None, **protocol.parameters}, chosen, f"protocol {protocol.name!r}")
    return {name: value for name, value in merged.items() if name in protocol.parameters or name in chosen}


def own_parameters(protocol: SplitProtocol, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a protocol knows, without those of the harness."""
    return {name: value for name, value in parameters.items() if name in protocol.parameters}


def divide(
    samples: pd.DataFrame, protocol: SplitProtocol, parameters: dict[str, Any], limit: int | None = None
) -> Split:
    """Divide classified samples by a protocol and check what it returns.

    Args:
        samples: with their truth, see :mod:`emobench.splits.targets`.
        protocol: the rule.
        parameters: what a suite sets of the protocol's parameters, ``hold_out`` among them; see
            :func:`emobench.splits.held_out.hold_out`.
        limit: keep at most this many samples of each part, drawn stratified by class.

    Raises:
        EmobenchError: an unknown parameter, a column that the rule needs and the index lacks, an empty part, a sample in
            two parts.
    """
    merged = rule_parameters(protocol, parameters)
    own = own_parameters(protocol, merged)
    for column in protocol.requires:
        if column not in samples.columns or samples[column].isna().any() or (samples[column] == "").any():
            raise EmobenchError(
                f"protocol {protocol.name!r} needs the column {column!r}, which is missing or has gaps",
                remedy="use another protocol",
            )
    split = protocol.split(samples, **own)
    _check(split, protocol, set(samples["sample_id"]))
    if len(own) < len(merged):
        split = hold_out(samples, split, protocol, merged)
    if limit is None:
        return split
    labels = samples.set_index("sample_id")["label"]
    return replace(split, parts={part: limited(ids, labels, limit) for part, ids in split.parts.items()})


def _check(split: Split, protocol: SplitProtocol, known: set[str]) -> None:
    where = f"protocol {protocol.name!r}"
    if not split.test_parts:
        raise EmobenchError(f"parts {', '.join(split.parts)}: there is no test part", where=where)
    seen: dict[str, str] = {}
    for part, ids in split.parts.items():
        if not ids:
            raise EmobenchError(f"the part {part!r} is empty", where=where, remedy="use more data or another protocol")
        for sample in ids:
            if sample in seen:
                raise EmobenchError(f"sample {sample!r} is in {seen[sample]!r} and in {part!r}", where=where)
            if sample not in known:
                raise EmobenchError(f"sample {sample!r} of part {part!r} is not in the index", where=where)
            seen[sample] = part


def limited(ids: tuple[str, ...], labels: pd.Series[str], limit: int) -> tuple[str, ...]:
    """Draw ``limit`` of the ids so that the classes keep their shares, as far as whole samples allow.

    Every class gets its share of the places, to within one sample, but at least one place; where there are fewer places
    than classes, the largest classes get them.
    """
    import numpy as np

    if len(ids) <= limit:
        return ids
    members: dict[str, list[str]] = {}
    for sample in ids:
        members.setdefault(str(labels[sample]), []).append(sample)
    largest = sorted(members, key=lambda label: (-len(members[label]), label))
    places = {label: max(1, limit * len(members[label]) // len(ids)) for label in largest[:limit]}

    def below_share(label: str) -> tuple[int, str]:  # in whole numbers: a tie is a tie on every machine
        return limit * len(members[label]) - places[label] * len(ids), label

    while sum(places.values()) < limit:
        places[max(places, key=below_share)] += 1
    while sum(places.values()) > limit:  # what the small classes got beyond their share is taken from the others
        places[min((label for label in places if places[label] > 1), key=below_share)] -= 1
    generator = np.random.default_rng(_LIMIT_SEED)
    chosen = {
        sample
        for label, number in sorted(places.items())
        for sample in generator.choice(np.asarray(members[label], dtype=object), size=number, replace=False)
    }
    return tuple(sample for sample in ids if sample in chosen)


def leaks(samples: pd.DataFrame, split: Split, columns: Iterable[str]) -> bool:
    """Tell whether a value of one of the columns is on both sides of a split; empty ones do not count."""
    fitted = {sample for part in ("train", "validation") for sample in split.parts.get(part, ())}
    tested = {sample for part in split.test_parts for sample in split.parts[part]}
    ids = samples["sample_id"]
    return any(
        (set(samples[column][ids.isin(fitted)]) - {""}) & set(samples[column][ids.isin(tested)]) for column in columns
    )
