"""What predictions are worth: from a predictions table alone, without torch and without the dataset."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from emobench.contracts import Metric
from emobench.errors import EmobenchError
from emobench.records import UNION, VALIDATION, ClassScores, Scores, probability_columns
from emobench.scoring.class_set import class_set
from emobench.scoring.confusion import averages, is_macro
from emobench.scoring.metrics import value_of
from emobench.scoring.units import units_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

SUM_TOLERANCE = 1e-3
"""How far a row of probabilities may be from summing to one; printed ones are rounded, and float32 is coarse."""
_REMEDY = "predictions must come from emobench run, or have its columns"


def score(
    table: pd.DataFrame, classes: tuple[str, ...], test_parts: Sequence[str], metrics: Iterable[Metric]
) -> dict[str, Scores]:
    """Score each test part, and all of them together.

    Probabilities are stored as float32: they are converted to float64 and divided by their sum. A metric that raises, or
    returns no finite number, is left out with a warning that names it. Macro averages leave out classes of a few odd samples.

    Args:
        table: predictions, as :func:`emobench.records.read_predictions` returns them; those of the validation part, if
            there are any, are left aside.
        classes: the k classes of the task, in the order of the probability columns.
        test_parts: the parts that must be there, in the protocol's order.
        metrics: what to compute.

    Returns:
        Scores by part, in the order of ``test_parts``; where there are several, under ``"test"`` those of their union.

    Raises:
        EmobenchError: the table cannot be scored; the message shows an example of what is wrong.
    """
    metrics = tuple(metrics)
    _check_parts(table, test_parts)
    truth, probabilities = arrays(table, classes)
    part_of = table["part"].to_numpy(dtype=object)
    rows = {part: part_of == part for part in test_parts}
    if len(test_parts) > 1:
        rows[UNION] = part_of != VALIDATION
    return {
        part: _scores(truth[here], probabilities[here], classes, metrics, units_of(table[here]).groups)
        for part, here in rows.items()
    }


def arrays(table: pd.DataFrame, classes: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Check one table of predictions and return what metrics take.

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
        raise EmobenchError("no predictions to score", remedy=_REMEDY)
    _check_columns(table, classes)
    try:
        probabilities = np.asarray(table[probability_columns(classes)].to_numpy(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EmobenchError(f"a probability is not a number: {error}", remedy=_REMEDY) from error
    truth = np.asarray(pd.Index(classes).get_indexer(pd.Index(table["label"])), dtype=np.int64)
    _check_rows(table, table["sample_id"].duplicated(), "the sample id is there twice")
    _check_rows(table, truth < 0, "the label is none of the classes", shown="label")
    if problem := probability_problem(probabilities):
        _check_rows(table, *problem)
    likeliest = np.asarray(classes, dtype=object)[probabilities.argmax(axis=1)]
    disagrees = table["prediction"].to_numpy(dtype=object) != likeliest
    _check_rows(table, disagrees, "the prediction is not the (first) most probable class", shown="prediction")
    return truth, probabilities / probabilities.sum(axis=1, keepdims=True)


def _check_parts(table: pd.DataFrame, test_parts: Sequence[str]) -> None:
    if len(test_parts) > 1 and UNION in test_parts:
        raise EmobenchError(
            f"a test part is called {UNION!r}, the name of all test parts together",
            remedy="the protocol must call it something else",
        )
    if "part" not in table.columns:
        raise EmobenchError("no column 'part'", remedy=_REMEDY)
    found = set(table["part"])
    if absent := [part for part in test_parts if part not in found]:
        raise EmobenchError(f"no prediction for a sample of part {absent[0]!r}", remedy=_REMEDY)
    if strange := sorted(map(str, found - {*test_parts, VALIDATION})):
        raise EmobenchError(
            f"predictions for part {strange[0]!r}, which is none of the test parts {', '.join(test_parts)}",
            remedy="leave them out",
        )


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
    raise EmobenchError(f"{what} (sample {row['sample_id']!r}{value}{others})", remedy=_REMEDY)


def _scores(
    truth: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    classes: tuple[str, ...],
    metrics: Iterable[Metric],
    groups: NDArray[np.int64] | None,
) -> Scores:
    import numpy as np
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    values = {}
    for metric in metrics:
        try:
            values[metric.name] = value_of(metric, truth, probabilities, classes)
        except ValueError as error:
            # A warning, because the runner keeps warnings in the record, and they go to stderr where nobody does.
            warnings.warn(f"metric {metric.name!r} is left out: {error}", RuntimeWarning, stacklevel=1)
    prediction, labels = probabilities.argmax(axis=1), range(len(classes))
    confusion = confusion_matrix(truth, prediction, labels=labels)
    chosen = class_set(truth, groups, classes)
    if chosen.left_out:
        for metric in metrics:
            if metric.name in values and metric.average and is_macro(metric.average):
                plain, over = (averages(confusion[None], metric.average, mask) for mask in (None, chosen.averaged))
                # A stranger's metric may say of itself what it is not: then it keeps its value.
                if np.isclose(values[metric.name], plain[0]):
                    values[metric.name] = float(over[0])
    ratios = precision_recall_fscore_support(truth, prediction, labels=labels, average=None, zero_division=0)
    per_class = tuple(
        ClassScores(
            label=label,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            support=int(support),
            predicted=int(predicted),
        )
        for label, precision, recall, f1, support, predicted in zip(
            classes, *ratios, confusion.sum(axis=0), strict=True
        )
    )
    rows = tuple(tuple(int(count) for count in row) for row in confusion)
    return Scores(n=len(truth), metrics=values, per_class=per_class, confusion=rows, left_out=chosen.left_out)
