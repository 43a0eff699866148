"""From an index to the parts that a cell uses: label map, protocol, limit, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.contracts import LabelMap, Split, SplitProtocol
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd
from emobench.plugins import with_defaults
from emobench.splits.limit import limited


def classify(samples: pd.DataFrame, label_map: LabelMap) -> pd.DataFrame:
    """Return the samples that the label map keeps, with ``label`` replaced by the class.

    Raises:
        EmobenchError: the map cannot apply.
    """
    classes = label_map.apply(samples["label"])
    return samples.assign(label=classes)[classes.notna()].reset_index(drop=True)


def divide(
    samples: pd.DataFrame, protocol: SplitProtocol, parameters: dict[str, Any], limit: int | None = None
) -> Split:
    """Divide classified samples by a protocol and check what it returns.

    Args:
        samples: from :func:`classify`.
        protocol: the rule.
        parameters: what a suite sets of the protocol's parameters.
        limit: keep at most this many samples of each part, drawn stratified by class.

    Raises:
        EmobenchError: an unknown parameter, a column that the rule needs and the index lacks, an empty part, a sample in
            two parts.
    """
    merged = with_defaults(protocol.parameters, parameters, f"protocol {protocol.name!r}")
    for column in protocol.requires:
        if column not in samples.columns or samples[column].isna().any() or (samples[column] == "").any():
            raise EmobenchError(
                f"protocol {protocol.name!r} needs the column {column!r}, which is missing or has gaps",
                remedy="use another protocol",
            )
    split = protocol.split(samples, **merged)
    _check(split, protocol, set(samples["sample_id"]))
    if limit is None:
        return split
    labels = samples.set_index("sample_id")["label"]
    return Split({part: limited(ids, labels, limit) for part, ids in split.parts.items()})


def _check(split: Split, protocol: SplitProtocol, known: set[str]) -> None:
    where = f"protocol {protocol.name!r}"
    if not split.test_parts:
        raise EmobenchError(f"parts {', '.join(split.parts)}: wants a test part", where=where)
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
