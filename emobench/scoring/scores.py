"""What predictions are worth: from a predictions table alone, without torch and without the dataset."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from emobench.contracts import Metric, Target
from emobench.errors import EmobenchError
from emobench.records import UNION, VALIDATION, ClassScores, Scores
from emobench.scoring.class_set import class_set
from emobench.scoring.confusion import averages, is_macro
from emobench.scoring.metrics import value_of
from emobench.scoring.outcomes import REMEDY, Outcomes, outcomes
from emobench.scoring.raters import human_ceiling
from emobench.scoring.units import units_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


def score(
    table: pd.DataFrame,
    classes: tuple[str, ...],
    test_parts: Sequence[str],
    metrics: Iterable[Metric],
    target: Target | None = None,
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
        target: of values, whose ranges predictions should be in.

    Returns:
        Scores by part, in the order of ``test_parts``; where there are several, under ``"test"`` those of their union.

    Raises:
        EmobenchError: the table cannot be scored; the message shows an example of what is wrong.
    """
    metrics = tuple(metrics)
    _check_parts(table, test_parts)
    found = outcomes(table, classes)
    part_of = table["part"].to_numpy(dtype=object)
    rows = {part: part_of == part for part in test_parts}
    if len(test_parts) > 1:
        rows[UNION] = part_of != VALIDATION
    return {
        part: _scores(found.at(here), classes, metrics, units_of(table[here]).groups, target)
        for part, here in rows.items()
    }


def _check_parts(table: pd.DataFrame, test_parts: Sequence[str]) -> None:
    if len(test_parts) > 1 and UNION in test_parts:
        raise EmobenchError(
            f"a test part is called {UNION!r}, the name of all test parts together",
            remedy="the protocol must call it something else",
        )
    if "part" not in table.columns:
        raise EmobenchError("no column 'part'", remedy=REMEDY)
    found = set(table["part"])
    if absent := [part for part in test_parts if part not in found]:
        raise EmobenchError(f"no prediction for a sample of part {absent[0]!r}", remedy=REMEDY)
    if strange := sorted(map(str, found - {*test_parts, VALIDATION})):
        raise EmobenchError(
            f"predictions for part {strange[0]!r}, which is none of the test parts {', '.join(test_parts)}",
            remedy="leave them out",
        )


def _scores(
    found: Outcomes,
    classes: tuple[str, ...],
    metrics: Iterable[Metric],
    groups: NDArray[np.int64] | None,
    target: Target | None,
) -> Scores:
    import numpy as np
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    values = {}
    for metric in metrics:
        if (compared := found.truth(metric)) is None:
            continue
        try:
            values[metric.name] = value_of(metric, compared, found.predicted, classes)
        except ValueError as error:
            # A warning, because the runner keeps warnings in the record, and they go to stderr where nobody does.
            warnings.warn(f"metric {metric.name!r} is left out: {error}", RuntimeWarning, stacklevel=1)
    if found.labels is None:
        values |= _by_dimension(found, classes, metrics)
        return Scores(n=len(found), metrics=values, per_class=(), confusion=(), outside=_outside(found, target))
    truth, probabilities = found.labels, found.predicted
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
    return Scores(
        n=len(truth),
        metrics=values,
        per_class=per_class,
        confusion=rows,
        left_out=chosen.left_out,
        constant=_of_mean_votes(found, classes, metrics),
        human={} if found.votes is None else human_ceiling(found.votes),
    )


def _of_mean_votes(found: Outcomes, classes: tuple[str, ...], metrics: Iterable[Metric]) -> dict[str, float]:
    """Return each metric of votes where every answer is their mean: what is known without looking at a sample."""
    import numpy as np

    scores = {}
    for metric in metrics:
        if metric.kind == "distribution" and (shares := found.truth(metric)) is not None:
            always = np.broadcast_to(shares.mean(axis=0), shares.shape)
            with suppress(ValueError):  # one that fails here fails of the model too, which is said
                scores[metric.name] = value_of(metric, shares, always, classes)
    return scores


def _outside(found: Outcomes, target: Target | None) -> int:
    """Return how many samples have a predicted value outside of the range that is stated."""
    import numpy as np

    ends = [(-np.inf, np.inf) if each is None else each for each in (target.ranges if target else ())]
    if not ends:
        return 0
    low, high = np.asarray(ends).T
    return int(((found.predicted < low) | (found.predicted > high)).any(axis=1).sum())


def _by_dimension(found: Outcomes, names: tuple[str, ...], metrics: Iterable[Metric]) -> dict[str, float]:
    """Return each metric of values for every dimension alone, as ``ccc.valence``; nothing for a single one."""
    values = {}
    for place, name in enumerate(names if len(names) > 1 else ()):
        for metric in metrics:
            if metric.kind == "values" and found.numbers is not None:
                truth, predicted = (each[:, place : place + 1] for each in (found.numbers, found.predicted))
                values[f"{metric.name}.{name}"] = value_of(metric, truth, predicted, (name,))
    return values
