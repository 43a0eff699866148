"""From the index to samples with a truth: the class that a label map gives, the votes of raters, or values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.contracts import LabelMap, Target
from emobench.errors import EmobenchError, counted, nearest
from emobench.records import truth_columns

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_LOST = 1e-2
"""The share of a standard deviation that a number may lose when it is stored."""


def classify(samples: pd.DataFrame, label_map: LabelMap) -> pd.DataFrame:
    """Return the samples with a label that the label map keeps, with ``label`` replaced by the class.

    Raises:
        EmobenchError: the map cannot apply.
    """
    samples = samples[samples["label"] != ""] if (samples["label"] == "").any() else samples
    classes = label_map.apply(samples["label"])
    return samples.assign(label=classes)[classes.notna()].reset_index(drop=True)


def with_truth(samples: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the samples with a column ``true_<name>`` of float64 for each name of a target that is no class.

    ``label`` becomes the class with the most votes, the first of the target's order on a tie; of values it is empty.

    Raises:
        EmobenchError: a column is missing, a number is, or it cannot stand there; or no two raters voted on one sample.
    """
    import numpy as np

    where = f"target {target.name!r}"
    if missing := [name for name in target.columns if name not in samples.columns]:
        raise EmobenchError(f"no column {missing[0]!r}", where=where, remedy=nearest(missing[0], samples.columns))
    numbers = samples[list(target.columns)].to_numpy(dtype=np.float64)
    for name, column, bounds in zip(target.names, numbers.T, target.ranges or (None,) * len(target.names), strict=True):
        _check(samples, ~np.isfinite(column), f"{name} is {{}}", column, where, "fill it in, or leave the sample out")
        low, high = (0.0, np.inf) if target.kind == "distribution" else bounds or (-np.inf, np.inf)
        remedy = f"the range is {low:g} to {high:g}: correct it, or the range"
        if target.kind == "distribution":
            remedy = "votes are not negative: correct it, or leave the sample out"
        _check(samples, (column < low) | (column > high), f"{name} is {{:g}}", column, where, remedy)
        _check_precision(name, column, where)
    truth = dict(zip(truth_columns(target.names), numbers.T, strict=True))
    if target.kind == "values":
        return samples.assign(label="", **truth).reset_index(drop=True)
    votes = numbers.sum(axis=1)
    _check(samples, votes == 0, "the votes sum to {:g}", votes, where, "leave the sample out")
    if (votes == 1).all() and (numbers.max(axis=1) == 1).all():
        what = "there is one rater only: every sample has one vote"
        raise EmobenchError(what, where=where, remedy="one vote is a class: name its column as the label")
    return samples.assign(label=np.asarray(target.names, dtype=object)[numbers.argmax(axis=1)], **truth).reset_index(
        drop=True
    )


def _check_precision(name: str, column: NDArray[np.float64], where: str) -> None:
    """Refuse numbers whose differences are lost in float32, in which predictions are stored."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        lost = np.abs(column.astype(np.float32).astype(np.float64) - column)
    if not (lost <= _LOST * max(column.std(), np.finfo(np.float64).tiny)).all():
        what = f"{name} differs too little for numbers around {column.mean():g}: in float32 all would be alike"
        raise EmobenchError(what, where=where, remedy="subtract a number, or use another unit")


def _check(samples: pd.DataFrame, bad: Any, what: str, numbers: Any, where: str, remedy: str) -> None:
    """Refuse samples of which a boolean is true, with the number of the first."""
    places = bad.nonzero()[0]
    if len(places):
        first = int(places[0])
        more = f", and {counted(len(places) - 1, 'other', 'others')}" if len(places) > 1 else ""
        sample = samples["sample_id"].iloc[first]
        raise EmobenchError(f"{what.format(numbers[first])} (sample {sample!r}{more})", where=where, remedy=remedy)
