"""The predictions of a cell: whether they are of the samples of its split, and those that the cell names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.contracts import Split
from emobench.records import (
    PREDICTIONS_PARAMETER,
    SELECTION,
    VALIDATION,
    MadeElsewhere,
    Record,
    has_labels_only,
    is_external,
    predictions_hash,
)

if TYPE_CHECKING:
    import pandas as pd


def faults(record: Record, table: pd.DataFrame) -> Iterator[str]:
    """Yield where predictions are not those that the record is about."""
    yield from _split_faults(record, table)
    yield from _origin_faults(record, table)


def _split_faults(record: Record, table: pd.DataFrame) -> Iterator[str]:
    """Yield the parts whose samples, predicted and dropped, are not those of the split.

    What is fitted on is not predicted: the training part can only be compared with the dataset itself.
    """
    identity = record.cell.identity
    for part, promised in identity.split.items():
        predicted = list(table["sample_id"][table["part"] == part])
        dropped = [sample.sample_id for sample in record.dropped if sample.part == part]
        if part == "train" or (part == VALIDATION and not predicted and not dropped):
            continue
        if both := sorted(set(predicted) & set(dropped)):
            yield f"sample {both[0]!r} of the part {part!r} is predicted and dropped"
        found = Split({part: tuple({*predicted, *dropped})}).hashes[part]
        if found != promised:
            yield (
                f"the {len(predicted):,} predicted and {len(set(dropped)):,} dropped samples of the part {part!r} "
                f"are not those of the split ({found[:16]}…, not {promised[:16]}…)"
            )
        count = record.counts.get(part)
        if count is None:
            yield f"the record does not count the part {part!r}"
        elif (counted := count.attempted - count.dropped) != len(predicted):
            yield f"{len(predicted):,} predictions for the part {part!r}, where the record counts {counted:,}"


def _origin_faults(record: Record, table: pd.DataFrame) -> Iterator[str]:
    """Yield where predictions made elsewhere are not those that the cell names, or where the row hides what they are."""
    identity = record.cell.identity
    if not is_external(identity) or identity.model is None:
        return
    if identity.model.parameters.get(PREDICTIONS_PARAMETER) != predictions_hash(table, identity.classes):
        yield "the predictions are not those whose hash the cell names"
    said = MadeElsewhere(given="labels" if has_labels_only(identity) else "probabilities")
    if said not in record.cell.departures:
        yield f"the predictions were made elsewhere, and the row does not say '{said}'"
    if record.selection != SELECTION:
        yield f"the predictions were made elsewhere, and the record says '{record.selection}' of how they were chosen"
    if record.dropped:
        yield f"{len(record.dropped):,} samples are left out; predictions made elsewhere have to be of all test samples"
