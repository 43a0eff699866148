"""What a model may see of a split, and the truth about what it predicts, which it may not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench.contracts import Kind, Ragged, Samples, Split, Stream
from emobench.data import Represented
from emobench.errors import EmobenchError
from emobench.records import Dropped, PartCount, truth_columns, truth_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ModelInputs:
    """What a cell is fitted on, predicts and is scored against.

    Attributes:
        train: with labels; ``None`` where the split has none, for a model that is fitted already.
        validation: with labels; ``None`` where the protocol has none.
        to_predict: without labels: the samples of the validation part and of all test parts, each ``views`` times in a row.
        views: how many inputs there are of each sample; 1 where a sample is one input.
        truth: one row for each sample that is predicted: ``sample_id``, ``part``, ``label`` and ``group``, and of votes and
            values ``true_<name>``.
        counts: by part, how many samples were asked for and could not be used.
        dropped: those that could not be used.
    """

    train: Samples | None
    validation: Samples | None
    to_predict: Samples
    views: int
    truth: pd.DataFrame
    counts: dict[str, PartCount]
    dropped: tuple[Dropped, ...]


def shuffled(ids: Iterable[str]) -> list[str]:
    """Return sample ids in the order of their hashes, which is the same everywhere and tells nothing."""
    return sorted(ids, key=lambda sample: hashlib.sha256(sample.encode()).hexdigest())


def model_inputs(
    samples: pd.DataFrame,
    split: Split,
    classes: tuple[str, ...],
    represented: Mapping[str, Represented],
    seen: Mapping[str, str] = MappingProxyType({}),
    kind: Kind = "class",
) -> ModelInputs:
    """Join labels, split and arrays.

    File names and folders often tell the label, and indexes are often sorted by class. So a model gets numbers for ids, and
    test samples in the order of hashes: neither the name nor the neighbours of a test sample say what it is.

    Args:
        samples: the index with a truth, see :mod:`emobench.splits.targets`.
        split: sample ids by part.
        classes: in the order of the probability columns.
        represented: for each representation that the model takes.
        seen: samples that may not be used, with the reason: a model that is fitted already was fitted on them.
        kind: of target.

    Raises:
        EmobenchError: no sample of a part can be used, or the representations have different numbers of views.
    """
    import numpy as np

    views = _views(represented)
    failures = {sample: why for arrays in represented.values() for sample, why in arrays.failures.items()} | dict(seen)
    kept = {part: [sample for sample in ids if sample not in failures] for part, ids in split.parts.items()}
    for part, ids in kept.items():
        if not ids:
            raise EmobenchError(f"no sample of the part {part!r} can be used", remedy="run 'emobench data verify'")
    known = samples.set_index("sample_id")
    rows = {name: {sample: row for row, sample in enumerate(arrays.ids)} for name, arrays in represented.items()}

    def view(ids: list[str], *, labelled: bool) -> Samples:
        streams = {}
        for name, arrays in represented.items():
            places = np.asarray([rows[name][sample] for sample in ids], dtype=np.int64)
            streams[name] = Stream(_inputs(arrays), (places[:, None] * views + np.arange(views)).ravel())
        y = told(known.loc[ids], classes, kind).repeat(views, axis=0) if labelled else None
        return Samples(tuple(map(str, range(len(ids) * views))), streams, y, classes, kind)

    predicted = [part for part in ("validation", *split.test_parts) if part in kept]
    part_of = {sample: part for part in predicted for sample in kept[part]}
    order = shuffled(part_of)
    truth = truth_of(known, order, classes)
    truth["part"] = [part_of[sample] for sample in order]
    return ModelInputs(
        train=view(kept["train"], labelled=True) if "train" in kept else None,
        validation=view(kept["validation"], labelled=True) if "validation" in kept else None,
        to_predict=view(order, labelled=False),
        views=views,
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


def told(samples: pd.DataFrame, names: tuple[str, ...], kind: Kind) -> NDArray[Any]:
    """Return what a model is told of labelled samples, see :attr:`emobench.contracts.Samples.labels`."""
    import numpy as np
    import pandas as pd

    if kind == "class":
        return np.asarray(pd.Index(names).get_indexer(pd.Index(samples["label"])), dtype=np.int64)
    numbers = samples[truth_columns(names)].to_numpy(dtype=np.float64)
    return numbers if kind == "values" else numbers / numbers.sum(axis=1, keepdims=True)


def _views(represented: Mapping[str, Represented]) -> int:
    numbers = {name: arrays.views or 1 for name, arrays in represented.items()}
    if len(set(numbers.values())) > 1:
        counts = ", ".join(f"{name} {number}" for name, number in numbers.items())
        raise EmobenchError(f"the streams have different numbers of views: {counts}", remedy="give all of them as many")
    return next(iter(numbers.values()))


def _inputs(represented: Represented) -> NDArray[Any] | Ragged:
    """Return the memory map with a row for each input, not for each sample."""
    inputs: NDArray[Any] | Ragged = represented.array
    if represented.views is not None:
        inputs = represented.array.reshape(-1, *represented.array.shape[2:])
    return inputs
