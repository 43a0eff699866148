"""The truth and what was predicted, read from a table of predictions and checked: of classes, of votes and of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emobench.contracts import Kind, MetricDescription
from emobench.errors import EmobenchError
from emobench.records import probability_columns, truth_columns

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

SUM_TOLERANCE = 1e-3
"""How far a row of probabilities may be from summing to one; printed ones are rounded, and float32 is coarse."""
REMEDY = "predictions must come from emobench run, or have its columns"


@dataclass(frozen=True)
class Outcomes:
    """The truth and what was predicted, of n samples.

    Attributes:
        predicted: (n, k) probabilities of the classes, which sum to one, or predicted values.
        labels: (n,) indices of the true classes, of a distribution of the class that most raters chose; ``None`` of values.
        numbers: (n, k) votes, counts or shares, or values; ``None`` where the target is one class.
    """

    predicted: NDArray[np.float64]
    labels: NDArray[np.int64] | None = None
    numbers: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.predicted)

    @property
    def kind(self) -> Kind:
        """Of the target."""
        if self.numbers is None:
            return "class"
        return "values" if self.labels is None else "distribution"

    @property
    def votes(self) -> NDArray[np.float64] | None:
        """(n, k) votes, where there are any."""
        return self.numbers if self.kind == "distribution" else None

    def at(self, rows: NDArray[Any]) -> Outcomes:
        """Return those of some samples, by their positions or by (n,) booleans."""
        labels, numbers = (None if each is None else each[rows] for each in (self.labels, self.numbers))
        return Outcomes(self.predicted[rows], labels, numbers)

    def truth(self, metric: MetricDescription) -> NDArray[Any] | None:
        """Return what a metric compares with; ``None`` where it measures targets of another kind."""
        if metric.kind == "class":
            return self.labels
        if metric.kind != self.kind or self.numbers is None:
            return None
        return self.numbers if self.kind == "values" else self.numbers / self.numbers.sum(axis=1, keepdims=True)


def outcomes(table: pd.DataFrame, names: tuple[str, ...]) -> Outcomes:
    """Check one table of predictions and return what metrics take.

    Args:
        table: as :func:`emobench.records.predictions_table` makes it.
        names: the k classes or dimensions of the task.

    Raises:
        EmobenchError: the table cannot be scored; the message shows an example of what is wrong.
    """
    columns = truth_columns(names)
    if not set(columns) <= set(table.columns):
        labels, probabilities = arrays(table, names)
        return Outcomes(probabilities, labels)
    numbers = _numbers(table, columns)
    if (table["label"] == "").all():
        _check_rows(table, table["sample_id"].duplicated(), "the sample id is there twice")
        return Outcomes(_numbers(table, probability_columns(names)), None, numbers)
    labels, probabilities = arrays(table, names)
    return Outcomes(probabilities, labels, numbers)


def _numbers(table: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    import numpy as np

    if table.empty:
        raise EmobenchError("no predictions to score", remedy=REMEDY)
    if missing := [name for name in columns if name not in table.columns]:
        raise EmobenchError(f"no column {missing[0]!r}", remedy=REMEDY)
    try:
        values = np.asarray(table[list(columns)].to_numpy(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EmobenchError(f"a value is not a number: {error}", remedy=REMEDY) from error
    _check_rows(table, ~np.isfinite(values).all(axis=1), "a value is not finite")
    return values


def arrays(table: pd.DataFrame, classes: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Check one table of predictions of classes and return what their metrics take.

    Args:
        table: n rows with ``sample_id``, ``label``, ``prediction`` and a ``p_<class>`` column for each class.
        classes: the k classes of the task.

    Returns:
        The true class of each sample, (n,) indices of ``classes``, and its (n, k) probabilities, which sum to one.

    Raises:
        EmobenchError: the table cannot be scored; the message shows an example of what is wrong.
    """
    import numpy as np
    import pandas as pd

    if table.empty:
        raise EmobenchError("no predictions to score", remedy=REMEDY)
    _check_columns(table, classes)
    try:
        probabilities = np.asarray(table[probability_columns(classes)].to_numpy(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EmobenchError(f"a probability is not a number: {error}", remedy=REMEDY) from error
    truth = np.asarray(pd.Index(classes).get_indexer(pd.Index(table["label"])), dtype=np.int64)
    _check_rows(table, table["sample_id"].duplicated(), "the sample id is there twice")
    _check_rows(table, truth < 0, "the label is none of the classes", shown="label")
    if problem := probability_problem(probabilities):
        _check_rows(table, *problem)
    likeliest = np.asarray(classes, dtype=object)[probabilities.argmax(axis=1)]
    disagrees = table["prediction"].to_numpy(dtype=object) != likeliest
    _check_rows(table, disagrees, "the prediction is not the (first) most probable class", shown="prediction")
    return truth, probabilities / probabilities.sum(axis=1, keepdims=True)


def _check_columns(table: pd.DataFrame, classes: tuple[str, ...]) -> None:
    columns = [str(name) for name in table.columns]
    wanted = probability_columns(classes)
    if missing := [name for name in ("sample_id", "label", "prediction", *wanted) if name not in columns]:
        raise EmobenchError(f"no column {missing[0]!r}", remedy=f"the classes are {', '.join(classes)}")
    if extra := [name for name in columns if name.startswith("p_") and name not in wanted]:
        raise EmobenchError(f"column {extra[0]!r} is of no class", remedy=f"the classes are {', '.join(classes)}")
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise EmobenchError(f"column {twice[0]!r} is there twice", remedy="keep one of them")


def probability_problem(values: NDArray[Any]) -> tuple[NDArray[np.bool_], str] | None:
    """Return which rows are no probabilities, and why; ``None`` where all are.

    Args:
        values: (n, k) numbers.

    Returns:
        (n,) booleans for the first of three conditions that a row breaks (finite, not negative, with the sum 1), and what
        is wrong with those rows.
    """
    import numpy as np

    with np.errstate(invalid="ignore"):
        off = np.abs(values.sum(axis=1) - 1) > SUM_TOLERANCE
    problems: tuple[tuple[Any, str], ...] = (
        (~np.isfinite(values).all(axis=1), "a probability is not finite"),
        (np.any(values < 0, axis=1), "a probability is negative"),
        (off, f"the probabilities do not sum to 1 within {SUM_TOLERANCE}"),
    )
    return next((problem for problem in problems if problem[0].any()), None)


def _check_rows(table: pd.DataFrame, bad: Any, what: str, *, shown: str = "") -> None:
    """Raise, with the first bad row as an example, if any of the n booleans ``bad`` is true."""
    import numpy as np

    positions = np.flatnonzero(bad)
    if not len(positions):
        return
    row = table.iloc[int(positions[0])]
    value = f", {shown} {row[shown]!r}" if shown else ""
    others = f", and {len(positions) - 1} more" if len(positions) > 1 else ""
    raise EmobenchError(f"{what} (sample {row['sample_id']!r}{value}{others})", remedy=REMEDY)
