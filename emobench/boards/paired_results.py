"""Paired results: a record with another one that tells what its score rests on.

A fusion and its members, a joint model and its ablations, a leaky split and the same with groups apart are all such pairs.
They are compared on the samples that both have. Other data is never paired, whatever its samples are called: two pairings of
the same faces and voices share a few ids by chance. There both scores stand side by side, untested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emobench.boards.paired_tests import paired_tests
from emobench.boards.uncertainty import headline_part
from emobench.contracts import Metric
from emobench.records import RANKED_BY, Record
from emobench.scoring import Difference, Interval, bootstrap_interval, common_samples

if TYPE_CHECKING:
    import pandas as pd

Relation = Literal["member", "ablation", "groups apart"]
"""What the other record is to the first: a part of a fusion, a changed input or training, the same without a leak."""


@dataclass(frozen=True)
class PairedResult:
    """Two records and the difference between them.

    Attributes:
        relation: what the other record is to the first.
        record: the first one, a row's.
        other: the other one.
        value: accuracy of the first on its headline part; ``None`` where it was not measured.
        other_value: the same of the other.
        interval: of the other's accuracy; ``None`` where its predictions are not there.
        n: number of samples that both have; 0 where there are none, or where predictions are missing.
        difference: of the accuracies on these samples, the first's minus the other's.
        apart: whether the tests tell the two apart; ``None`` where nothing could be tested.
    """

    relation: Relation
    record: Record
    other: Record
    value: float | None
    other_value: float | None
    interval: Interval | None = None
    n: int = 0
    difference: Difference | None = None
    apart: bool | None = None

    @property
    def points(self) -> float | None:
        """The difference in hundredths: on the samples that both have, or without such samples of the scores as they are."""
        if self.difference is not None:
            return 100 * self.difference.value
        if self.value is None or self.other_value is None:
            return None
        return 100 * (self.value - self.other_value)


def pair(
    relation: Relation,
    record: Record,
    other: Record,
    predictions: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, Metric],
) -> PairedResult:
    """Set a record beside another one.

    Args:
        relation: what the other record is to the first.
        record: the first.
        other: the other.
        predictions: cell id to its whole table; without them nothing is tested.
        metrics: what is registered, by name.
    """
    value, other_value = accuracy(record), accuracy(other)
    untested = PairedResult(relation, record, other, value, other_value)
    if other_value is None or other.cell.id not in predictions or RANKED_BY not in metrics:
        return untested
    metric, classes = metrics[RANKED_BY], other.cell.identity.classes
    of_other = headline_part(other, predictions[other.cell.id])
    interval = bootstrap_interval(of_other, metric, classes)
    untested = PairedResult(relation, record, other, value, other_value, interval)
    same_data = record.cell.identity.content == other.cell.identity.content
    same_classes = record.cell.identity.classes == classes
    if record.status != "finished" or record.cell.id not in predictions or not (same_data and same_classes):
        return untested
    of_record = headline_part(record, predictions[record.cell.id])
    if set(of_record["sample_id"]).isdisjoint(of_other["sample_id"]):
        return untested
    a, b = common_samples([of_record, of_other])
    (tested,) = paired_tests([([a], [b])], [metric], classes)
    difference, apart = tested.differences[RANKED_BY], tested.apart[RANKED_BY]
    return PairedResult(relation, record, other, value, other_value, interval, len(a), difference, apart)


def leakage_premiums(
    records: Iterable[Record], predictions: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]
) -> tuple[PairedResult, ...]:
    """Return every experiment with a leaky split beside the same with groups apart, in the order of their names.

    Args:
        records: of a board.
        predictions: cell id to its whole table; without them no difference is tested.
        metrics: what is registered, by name.
    """
    known = list(records)
    by_id = {one.cell.id: one for one in known}
    found = [(by_id[one.cell.beside], one) for one in known if one.cell.counterpart and one.cell.beside in by_id]
    found.sort(key=lambda pair: (pair[0].cell.experiment, pair[1].cell.experiment, pair[0].cell.id, pair[1].cell.id))
    return tuple(pair("groups apart", leaky, apart, predictions, metrics) for leaky, apart in found)


def accuracy(record: Record) -> float | None:
    """Return the accuracy of a record on its headline part; ``None`` where it was not measured."""
    scores = record.scores.get(record.cell.headline) if record.status == "finished" else None
    return scores.metrics.get(RANKED_BY) if scores else None


def most_frequent(record: Record) -> float:
    """Return the accuracy of always saying the class that the headline part has most of."""
    scores = record.scores[record.cell.headline]
    return max(one.support for one in scores.per_class) / scores.n
