"""Paired results: a record with another one that tells what its score rests on.

A fusion and its members, a joint model and its ablations, a leaky split and the same with groups apart are all such pairs.
They are compared on the samples that both have. Other data is never paired, whatever its samples are called: two pairings of
the same faces and voices share a few ids by chance. There both scores stand side by side, untested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from emobench.boards.paired_tests import paired_tests
from emobench.boards.part_scores import accuracy_of, headline_part
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
    """Compare a record with another one; without predictions (cell id to whole table) nothing is tested."""
    result = PairedResult(relation, record, other, accuracy_of(record), accuracy_of(other))
    if result.other_value is None or other.cell.id not in predictions or RANKED_BY not in metrics:
        return result
    metric, identity = metrics[RANKED_BY], other.cell.identity
    of_other = headline_part(other, predictions[other.cell.id])
    result = replace(result, interval=bootstrap_interval(of_other, metric, identity.classes))
    own = record.cell.identity
    same_data = own.content == identity.content and own.classes == identity.classes
    if record.status != "finished" or record.cell.id not in predictions or not same_data:
        return result
    of_record = headline_part(record, predictions[record.cell.id])
    if set(of_record["sample_id"]).isdisjoint(of_other["sample_id"]):
        return result
    a, b = common_samples([of_record, of_other])
    (tested,) = paired_tests({(record.cell.id, other.cell.id): ([a], [b])}, [metric], identity.classes)
    return replace(result, n=len(a), difference=tested.differences[RANKED_BY], apart=tested.apart[RANKED_BY])


def leakage_premiums(
    records: Sequence[Record], predictions: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]
) -> tuple[PairedResult, ...]:
    """Return every experiment with a leaky split and the same with groups apart, in the order of their names."""
    by_id = {record.cell.id: record for record in records}
    found = [
        (by_id[record.cell.beside], record)
        for record in records
        if record.cell.counterpart and record.cell.beside in by_id
    ]
    found.sort(key=lambda pair: (pair[0].cell.experiment, pair[1].cell.experiment, pair[0].cell.id, pair[1].cell.id))
    return tuple(pair("groups apart", leaky, apart, predictions, metrics) for leaky, apart in found)
