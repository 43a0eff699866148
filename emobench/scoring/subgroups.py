"""Scores of one group of samples at a time: one speaker, one sex, one age band."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.records import AGE, COLUMNS
from emobench.scoring.bootstrap import Interval, bootstrap_interval

if TYPE_CHECKING:
    import pandas as pd


AGE_BANDS = {"under 30": 0, "30–39": 30, "40–49": 40, "50–59": 50, "60 and over": 60}
"""Name to the lowest age, in years."""

MINIMUM = 10
"""A slice of fewer samples has no interval, and is not called the worst."""


@dataclass(frozen=True)
class Slice:
    """What a result is worth on the samples that share a value.

    Attributes:
        column: what divides the samples; ``"group"`` for the group of the predictions.
        value: what they share; an age band for the age.
        n: number of samples.
        accuracy: in [0, 1].
        uar: mean recall over the classes that are in the slice, in [0, 1].
        interval: of the accuracy, over samples; ``None`` below :data:`MINIMUM`.
    """

    column: str
    value: str
    n: int
    accuracy: float
    uar: float
    interval: Interval | None


def slices(
    predictions: pd.DataFrame, attributes: pd.DataFrame | None, metric: Metric, classes: tuple[str, ...]
) -> tuple[Slice, ...]:
    """Score every slice of the predictions of one part.

    A column in which all samples have the same value, or none has one, divides nothing and is left out. So are the samples
    without a value.

    Args:
        predictions: n rows, as :func:`emobench.records.read_predictions` returns them.
        attributes: as :func:`attributes_of` returns them; ``None`` where there are none.
        metric: the registered accuracy, for the intervals.
        classes: the k classes of the task.

    Returns:
        By column (the group first), and in a column by value.
    """
    found: list[Slice] = []
    for column, values in _divisions(predictions, attributes).items():
        known = predictions[(values != "").to_numpy()].drop(columns="group")
        found += _scored(column, known, values[values != ""].to_numpy(dtype=object), metric, classes)
    return tuple(found)


def worst(found: Iterable[Slice]) -> dict[str, Slice]:
    """Return the slice of the lowest accuracy by column, of those with :data:`MINIMUM` samples or more.

    A column is left out unless two such slices differ.
    """
    columns: dict[str, list[Slice]] = {}
    for one in found:
        if one.n >= MINIMUM:
            columns.setdefault(one.column, []).append(one)
    lowest = {column: min(those, key=by_accuracy) for column, those in columns.items()}
    return {
        column: one for column, one in lowest.items() if any(one.accuracy < other.accuracy for other in columns[column])
    }


def by_accuracy(one: Slice) -> tuple[bool, float, int, str]:
    """Sort the worst first, and after all others those that are too small to say much."""
    return one.n < MINIMUM, one.accuracy, -one.n, one.value


def _divisions(predictions: pd.DataFrame, attributes: pd.DataFrame | None) -> dict[str, pd.Series[str]]:
    """Return by column the value of each row of the predictions, empty where it is not known."""
    columns = {"group": predictions["group"].fillna("").map(str)}
    if attributes is not None:
        mine = attributes.set_index("sample_id").reindex(predictions["sample_id"])
        for name in COLUMNS:
            if name in mine.columns:
                columns[name] = _bands(mine[name]) if name == AGE else mine[name].fillna("").map(str)
    return {name: values for name, values in columns.items() if values[values != ""].nunique() > 1}


def _bands(ages: pd.Series[float]) -> pd.Series[str]:
    import numpy as np
    import pandas as pd

    edges = [*AGE_BANDS.values(), np.inf]
    return pd.cut(ages, edges, right=False, labels=list(AGE_BANDS)).astype(object).fillna("").map(str)


def _scored(
    column: str, known: pd.DataFrame, values: Iterable[str], metric: Metric, classes: tuple[str, ...]
) -> list[Slice]:
    table = known.assign(value=list(values), right=(known["prediction"] == known["label"]).astype(float))
    accuracy = table.groupby("value")["right"].agg(["size", "mean"])
    uar = table.groupby(["value", "label"])["right"].mean().groupby(level="value").mean()
    rows = {str(value): those for value, those in table.groupby("value")}
    names = [name for name in AGE_BANDS if name in rows] if column == AGE else sorted(rows)
    return [
        Slice(
            column=column,
            value=name,
            n=int(accuracy["size"][name]),
            accuracy=float(accuracy["mean"][name]),
            uar=float(uar[name]),
            # Without the column of groups, samples are drawn.
            interval=bootstrap_interval(rows[name], metric, classes) if len(rows[name]) >= MINIMUM else None,
        )
        for name in names
    ]
