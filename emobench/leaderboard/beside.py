"""What a row has to be read beside: the members of a fusion alone, the controls of a joint model, the split without leaks.

Every comparison is on the samples that both have, paired. Other data is never paired, whatever its samples are called: two
pairings of the same faces and voices share a few ids by chance. There both scores stand side by side, untested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emobench.contracts import Metric
from emobench.leaderboard.evidence import headline_part
from emobench.records import Record
from emobench.scoring import (
    Difference,
    Interval,
    Test,
    apart,
    bootstrap_interval,
    common_samples,
    mcnemar,
    paired_bootstrap,
)

if TYPE_CHECKING:
    import pandas as pd

COMPARED = "accuracy"

Kind = Literal["member", "control", "counterpart"]


@dataclass(frozen=True)
class Beside:
    """A record beside a row's.

    Attributes:
        kind: what it is to the row.
        record: its own.
        value: its accuracy on its headline part; ``None`` where it was not measured.
        interval: of the value; ``None`` where its predictions are not there.
        n: number of samples that both have; 0 where there are none, or where predictions are missing.
        difference: of the accuracies on these samples, the row's minus this one's.
        apart: whether the tests tell the two apart; ``None`` where nothing could be tested.
    """

    kind: Kind
    record: Record
    value: float | None
    interval: Interval | None = None
    n: int = 0
    difference: Difference | None = None
    apart: bool | None = None


def beside(
    kind: Kind, row: Record, other: Record, predictions: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]
) -> Beside:
    """Set a record beside a row's.

    Args:
        kind: what the record is to the row.
        row: the row's record.
        other: the record.
        predictions: cell id to its whole table.
        metrics: what is registered, by name.
    """
    value = compared_value(other)
    if value is None or other.cell.id not in predictions or COMPARED not in metrics:
        return Beside(kind, other, value)
    metric, classes = metrics[COMPARED], other.cell.identity.classes
    own = headline_part(other, predictions[other.cell.id])
    interval = bootstrap_interval(own, metric, classes)
    if row.status != "finished" or row.cell.id not in predictions or row.cell.identity.classes != classes:
        return Beside(kind, other, value, interval)
    if row.cell.identity.content != other.cell.identity.content:
        return Beside(kind, other, value, interval)
    of_row = headline_part(row, predictions[row.cell.id])
    if set(of_row["sample_id"]).isdisjoint(own["sample_id"]):
        return Beside(kind, other, value, interval)
    a, b = common_samples([of_row, own])
    difference = paired_bootstrap(a, b, metric, classes)
    exact = mcnemar(a, b)
    tests = [
        Test(COMPARED, "exact McNemar", exact.p, exact.p),
        Test(COMPARED, "paired bootstrap", difference.p, difference.p),
    ]
    return Beside(kind, other, value, interval, len(a), difference, apart(tests, difference.interval.unit))


def compared_value(record: Record) -> float | None:
    """Return the accuracy of a record on its headline part; ``None`` where it was not measured."""
    scores = record.scores.get(record.cell.headline) if record.status == "finished" else None
    return scores.metrics.get(COMPARED) if scores else None


# -------------------------------------------------------------------------------------------------- in words


def in_words(row: Record, other: Beside) -> Iterator[str]:
    """Yield what a control means, in a sentence or two; what the suite says of it comes after."""
    control = other.record.cell.identity.control
    if control is not None and other.value is not None and other.apart is not None:
        yield _applied(row, other, str(control.parameters["stream"]), control.name, control.parameters)
    if other.record.cell.note:
        yield other.record.cell.note


def _applied(row: Record, other: Beside, stream: str, name: str, parameters: Mapping[str, object]) -> str:
    most = most_frequent(row)
    if name == "blank-stream":
        if not other.apart:
            return (
                f"Without {stream} the score cannot be told from the row's: that {stream} adds anything does not show."
            )
        if other.interval is not None and other.interval.high < most:
            return (
                f"Without {stream} the score is below always saying the most frequent class ({most:.4f}): what the row has "
                f"beyond that, it has by {stream}."
            )
        if other.interval is not None and other.interval.low <= most:
            return (
                f"Without {stream} the score cannot be told from always saying the most frequent class ({most:.4f}): the row "
                f"has what it has beyond that by {stream}, as far as can be seen."
            )
        return f"Without {stream} the score is another one, and still above the most frequent class ({most:.4f})."
    if not parameters["across_classes"]:
        if not other.apart:
            return (
                f"With {stream} of another sample of the same class the score cannot be told from the row's: that anything "
                f"beyond the class of {stream} counts does not show, so that the pairs seem to hold no more than the label."
            )
        return f"With {stream} of another sample of the same class the score moves: which of them it is counts."
    if other.interval is not None and other.interval.high < most:
        return (
            f"With {stream} of another class the score is below always saying the most frequent class ({most:.4f}): the "
            f"model follows {stream} against the rest of the sample."
        )
    if not other.apart:
        return (
            f"With {stream} of another class the score cannot be told from the row's: that the model heeds {stream} does not "
            "show."
        )
    return f"With {stream} of another class the score moves, and the rest of the sample still counts."


def most_frequent(row: Record) -> float:
    """Return the accuracy of always saying the class that the headline part has most of."""
    scores = row.scores[row.cell.headline]
    return max(one.support for one in scores.per_class) / scores.n
