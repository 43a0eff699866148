"""The scores of a cell: every one computed again from the predictions."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from emobench import scoring
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.records import METRIC_TITLES, Record, Scores

if TYPE_CHECKING:
    import pandas as pd

_TOLERANCE = 1e-9
"""Relative, and absolute near zero: sums of the same numbers differ by less between machines."""


def faults(record: Record, table: pd.DataFrame, registry: Registry) -> Iterator[str]:
    """Yield every score that the predictions do not give, and what keeps them from giving any."""
    identity = record.cell.identity
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a metric that fails is one that the predictions do not give
            metrics = scoring.meaningful(identity, registry.metrics.values())
            computed = scoring.score(table, identity.classes, identity.test_parts, metrics)
    except EmobenchError as error:
        yield error.what
        return
    for part in sorted(record.scores.keys() ^ computed.keys()):
        yield f"scores of the part {part!r} are {'not there' if part in computed else 'of no test part'}"
    for part in (part for part in computed if part in record.scores):
        for name, stored, found in _differences(record.scores[part], computed[part]):
            yield f"{name} on {part!r} is {stored} in the record, and {found} by the predictions"


def _differences(stored: Scores, computed: Scores) -> Iterator[tuple[str, object, object]]:
    """Yield name, stored and computed value of all that differs; of a confusion matrix, the first entry.

    Metrics of plugins may be missing, for the packer may not have had them; those that come with emobench may not.
    """
    classes = [scored.label for scored in computed.per_class]
    if [scored.label for scored in stored.per_class] != classes:
        yield "the list of classes", [scored.label for scored in stored.per_class], classes
        return
    shape, wanted = [len(row) for row in stored.confusion], [len(classes)] * len(classes)
    if shape != wanted:
        yield "the shape of the confusion matrix", shape, wanted
        return
    yield from _others(stored.metrics, computed.metrics)
    left_out = [name for name in METRIC_TITLES if name in computed.metrics and name not in stored.metrics]
    yield from ((name, "left out", computed.metrics[name]) for name in left_out)
    yield from _others(_of_classes(stored), _of_classes(computed))
    yield from itertools.islice(_others(_confusion(stored), _confusion(computed)), 1)


def _others(stored: Mapping[str, float], computed: Mapping[str, float]) -> Iterator[tuple[str, object, object]]:
    for name, value in stored.items():
        if name not in computed:
            yield name, value, "not to be had (no such metric is installed, or it has no value)"
        elif not math.isclose(value, computed[name], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            yield name, value, computed[name]


def _of_classes(scores: Scores) -> dict[str, float]:
    numbers = {scored.label: scored.model_dump(exclude={"label"}) for scored in scores.per_class}
    found = {f"{name} of {label!r}": value for label, scored in numbers.items() for name, value in scored.items()}
    return {"the number of samples": scores.n, **found}


def _confusion(scores: Scores) -> dict[str, float]:
    labels = [scored.label for scored in scores.per_class]
    return {
        f"the confusion matrix, e.g. {true!r} taken for {said!r}": count
        for true, row in zip(labels, scores.confusion, strict=True)
        for said, count in zip(labels, row, strict=True)
    }
