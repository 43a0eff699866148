"""The predictions of a cell: whether they are of its split, those that it names, and give its scores."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench import scoring
from emobench.contracts import Split
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.records import (
    METRICS,
    PREDICTIONS_PARAMETER,
    SELECTION,
    VALIDATION,
    Identity,
    MadeElsewhere,
    Record,
    Scores,
    has_labels_only,
    is_external,
    metric_order,
    predictions_hash,
    truth_columns,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_TOLERANCE = 1e-9
"""Relative, and absolute near zero: sums of the same numbers differ by less between machines."""


_HUMAN = "what a rater scores against the others, "


def faults(record: Record, table: pd.DataFrame, registry: Registry) -> Iterator[str]:
    """Yield where predictions are not those that the record is about, or give other scores."""
    yield from _split_faults(record, table)
    yield from _truth_faults(record.cell.identity, table)
    yield from _origin_faults(record, table)
    yield from _score_faults(record, table, registry)


def _split_faults(record: Record, table: pd.DataFrame) -> Iterator[str]:
    """Yield the parts whose samples, predicted and dropped, are not those of the split.

    What is fitted on is not predicted: the training part can only be compared with the dataset itself.
    """
    for part, promised in record.cell.identity.split.items():
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


def _truth_faults(identity: Identity, table: pd.DataFrame) -> Iterator[str]:
    """Yield where true votes or values cannot be: votes below 0, other labels than most raters chose, values out of range."""
    target = identity.target
    if target is None or table.empty:
        return
    numbers = table[truth_columns(identity.classes)].to_numpy()
    labelled = table["label"].to_numpy(dtype=object)
    if target.kind == "values":
        yield from _first(table, labelled != "", "has a label beside its values")
        for place, ends in enumerate(target.ranges):
            if ends:
                outside = (numbers[:, place] < ends[0]) | (numbers[:, place] > ends[1])
                name = target.names[place]
                yield from _first(table, outside, f"has a true {name} that is not from {ends[0]:g} to {ends[1]:g}")
        return
    of_label = (numbers * (labelled[:, None] == list(target.names))).sum(axis=1)
    yield from _first(table, (numbers < 0).any(axis=1) | (numbers.sum(axis=1) <= 0), "has no votes, or some below 0")
    yield from _first(table, of_label < numbers.max(axis=1), "has another label than the class of most votes")


def _first(table: pd.DataFrame, bad: NDArray[np.bool_], what: str) -> Iterator[str]:
    """Yield a sentence about the first sample of which a boolean is true."""
    found = table["sample_id"][bad]
    if len(found):
        yield f"sample {found.iloc[0]!r} {what}" + (f", and {len(found) - 1:,} more" if len(found) > 1 else "")


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


def _score_faults(record: Record, table: pd.DataFrame, registry: Registry) -> Iterator[str]:
    """Yield every score that the predictions do not give, and what keeps them from giving any."""
    identity = record.cell.identity
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a metric that fails is one that the predictions do not give
            metrics = scoring.meaningful(identity, registry.metrics.values())
            computed = scoring.score(table, identity.classes, identity.test_parts, metrics, identity.target)
    except EmobenchError as error:
        yield error.what
        return
    for part in sorted(record.scores.keys() ^ computed.keys()):
        yield f"scores of the part {part!r} are {'not there' if part in computed else 'of no test part'}"
    for part in (part for part in computed if part in record.scores):
        for name, stored, found in _differences(record.scores[part], computed[part]):
            yield f"{name} on {part!r} is {stored} in the record, and {found} by the predictions"


def _differences(stored: Scores, computed: Scores) -> Iterator[tuple[str, object, object]]:
    """Yield name, stored and computed value of all that differs.

    Metrics of plugins may be missing, for the packer may not have had them; those that come with emobench may not.
    """
    labels, shapes = (
        [[scored.label for scored in scores.per_class] for scores in (stored, computed)],
        [[len(row) for row in scores.confusion] for scores in (stored, computed)],
    )
    for name, (said, found) in (("the list of classes", labels), ("the shape of the confusion matrix", shapes)):
        if said != found:
            yield name, said, found
            return
    here, there = _numbers(stored), _numbers(computed)
    for name, value in here.items():
        if name not in there:
            yield name, value, "not to be had (no such metric is installed, or it has no value)"
        elif not math.isclose(value, there[name], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            yield name, value, there[name]
    missing = metric_order(name for name in there.keys() - here.keys() if _comes_with_emobench(name))
    yield from ((name, "left out", there[name]) for name in missing)


def _comes_with_emobench(name: str) -> bool:
    return name.removeprefix(_HUMAN).partition(".")[0] in METRICS


def _numbers(scores: Scores) -> dict[str, float]:
    """Return everything by name."""
    numbers: dict[str, float] = {"the number of samples": scores.n, **scores.metrics}
    numbers |= {f"{_HUMAN}{name}": value for name, value in scores.human.items()}
    for scored, counts in zip(scores.per_class, scores.confusion, strict=True):
        of_class = scored.model_dump(exclude={"label"})
        numbers |= {f"{name} of {scored.label!r}": value for name, value in of_class.items()}
        for other, count in zip(scores.per_class, counts, strict=True):
            numbers[f"the confusion matrix, {scored.label!r} taken for {other.label!r},"] = count
    return numbers
