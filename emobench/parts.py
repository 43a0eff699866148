"""The parts of a split as a model may see them, and the truth about the test parts, which it may not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Samples, Split, Stream
from emobench.errors import EmobenchError
from emobench.records import Dropped, PartCount
from emobench.representations import Represented

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Parts:
    """What a cell is fitted on, predicts and is scored against.

    Attributes:
        train: with labels.
        validation: with labels; ``None`` where the protocol has none.
        test: the samples of all test parts, without labels.
        truth: one row for each sample of ``test``, in its order: ``sample_id``, ``part``, ``label`` and ``group``.
        counts: by part, how many samples were asked for and could not be used.
        dropped: those that could not be used.
    """

    train: Samples
    validation: Samples | None
    test: Samples
    truth: pd.DataFrame
    counts: dict[str, PartCount]
    dropped: tuple[Dropped, ...]


def shuffled(ids: Iterable[str]) -> list[str]:
    """Return sample ids in the order of their hashes, which is the same everywhere and tells nothing."""
    return sorted(ids, key=lambda sample: hashlib.sha256(sample.encode()).hexdigest())


def make_parts(
    samples: pd.DataFrame, split: Split, classes: tuple[str, ...], represented: Mapping[str, Represented]
) -> Parts:
    """Join labels, split and arrays.

    File names and folders often tell the label, and indexes are often sorted by class. So a model gets numbers for ids, and
    test samples in the order of hashes: neither the name nor the neighbours of a test sample say what it is.

    Args:
        samples: the index, ``label`` holding the class.
        split: sample ids by part.
        classes: in the order of the probability columns.
        represented: for each representation that the model takes.

    Raises:
        EmobenchError: no sample of a part can be used.
    """
    import numpy as np

    failures = {sample: reason for one in represented.values() for sample, reason in one.failures.items()}
    kept = {part: [sample for sample in ids if sample not in failures] for part, ids in split.parts.items()}
    for part, ids in kept.items():
        if not ids:
            raise EmobenchError(f"no sample of the part {part!r} can be used", remedy="run 'emobench data verify'")
    labels = dict(zip(samples["sample_id"], samples["label"], strict=True))
    rows = {name: {sample: row for row, sample in enumerate(one.ids)} for name, one in represented.items()}

    def view(ids: list[str], *, labelled: bool) -> Samples:
        streams = {
            name: Stream(one.array, np.asarray([rows[name][sample] for sample in ids], dtype=np.int64))
            for name, one in represented.items()
        }
        y = np.asarray([classes.index(labels[sample]) for sample in ids], dtype=np.int64) if labelled else None
        return Samples(tuple(map(str, range(len(ids)))), streams, y, classes)

    part_of = {sample: part for part in split.test_parts for sample in kept[part]}
    order = shuffled(part_of)
    truth = samples.set_index("sample_id").loc[order, ["label", "group"]].reset_index()
    truth["part"] = [part_of[sample] for sample in order]
    return Parts(
        train=view(kept["train"], labelled=True),
        validation=view(kept["validation"], labelled=True) if "validation" in kept else None,
        test=view(order, labelled=False),
        truth=truth,
        counts={
            part: PartCount(attempted=len(ids), dropped=len(ids) - len(kept[part])) for part, ids in split.parts.items()
        },
        dropped=tuple(
            Dropped(sample_id=sample, part=part, reason=failures[sample])
            for part, ids in split.parts.items()
            for sample in ids
            if sample in failures
        ),
    )
