"""Scores of one group of samples at a time: one speaker, one sex, one age band."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.records import ACCURACY, AGE, COLUMNS, IDENTITY
from emobench.scoring.bootstrap import bootstrap_interval, mean_score
from emobench.scoring.interval import Interval

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
        score: accuracy in [0, 1]; of values the mean absolute error.
        uar: mean recall over the classes that are in the slice, in [0, 1]; ``None`` of values.
        interval: of the score, over samples; ``None`` below :data:`MINIMUM`.
        metric: that the score is of.
        higher_is_better: as the metric says.
    """

    column: str
    value: str
    n: int
    score: float
    uar: float | None
    interval: Interval | None
    metric: str = ACCURACY
    higher_is_better: bool = True


def slices(
    predictions: pd.DataFrame, attributes: pd.DataFrame | None, metric: Metric, classes: tuple[str, ...]
) -> tuple[Slice, ...]:
    """Score every slice of the predictions of one part.

    A column in which all samples have the same value, or none has one, divides nothing and is left out. So are the samples
    without a value.

    Args:
        predictions: n rows, as :func:`emobench.records.read_predictions` returns them.
        attributes: one of what :func:`emobench.records.read_attributes` returns; ``None`` where there are none.
        metric: the registered accuracy; of values the mean absolute error.
        classes: the k classes of the task.

    Returns:
        By column (the group first), and in a column by value.
    """
    found: list[Slice] = []
    of_values = metric.kind == "values"
    rows = predictions.assign(right=(predictions["prediction"] == predictions["label"]).astype(float))
    for column, values in _divisions(predictions, attributes).items():
        # Without the columns that say of whom they are, the bootstrap draws samples.
        people = [name for name in rows.columns if name == "group" or str(name).startswith(IDENTITY)]
        known = rows.drop(columns=people).assign(value=values.to_numpy())[(values != "").to_numpy()]
        uar = known.groupby(["value", "label"])["right"].mean().groupby(level="value").mean()
        tables = {str(value): table for value, table in known.groupby("value")}
        for value in [band for band in AGE_BANDS if band in tables] if column == AGE else sorted(tables):
            table, n = tables[value], len(tables[value])
            score = mean_score(table, metric, classes) if of_values else float(table["right"].mean())
            interval = bootstrap_interval(table, metric, classes) if n >= MINIMUM else None
            recall = None if of_values else float(uar[value])
            found.append(Slice(column, value, n, score, recall, interval, metric.name, metric.higher_is_better))
    return tuple(found)


def worst(found: Iterable[Slice]) -> dict[str, Slice]:
    """Return the slice of the worst score by column, of those with :data:`MINIMUM` samples or more.

    A column is left out unless two such slices differ.
    """
    columns: dict[str, list[Slice]] = {}
    for each in found:
        if each.n >= MINIMUM:
            columns.setdefault(each.column, []).append(each)
    differing = {column: those for column, those in columns.items() if len({each.score for each in those}) > 1}
    return {column: min(those, key=worst_first) for column, those in differing.items()}


def worst_first(found: Slice) -> tuple[bool, float, int, str]:
    """Sort the worst first, and after all others those that are too small to say much."""
    score = found.score if found.higher_is_better else -found.score
    return found.n < MINIMUM, score, -found.n, found.value


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
