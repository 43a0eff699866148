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
from emobench.boards.part_scores import FEWEST_RANKED, headline_part, headline_score, scores_of
from emobench.boards.units import goodness, is_share
from emobench.contracts import Metric
from emobench.records import Record
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
        value: what the first is ranked by, on its headline part; ``None`` where it was not measured.
        other_value: the same of the other.
        interval: of the other's; ``None`` where its predictions are not there.
        n: number of samples that both have; 0 where there are none, or where predictions are missing.
        difference: of the two on these samples, the first's minus the other's.
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
    def metric(self) -> str:
        """What is compared: what the first is ranked by."""
        return self.record.cell.ranked_by

    @property
    def change(self) -> float | None:
        """The difference: on the samples that both have, or without such samples of the scores as they are."""
        if self.difference is not None:
            return self.difference.value
        if self.value is None or self.other_value is None:
            return None
        return self.value - self.other_value

    @property
    def points(self) -> float | None:
        """The difference of shares in hundredths; ``None`` for a metric that is no share."""
        return None if self.change is None or not is_share(self.metric) else 100 * self.change

    @property
    def gain(self) -> float:
        """By how much the first is better, below 0 where it is worse; 0 where one of the two was not measured."""
        return goodness(self.metric, self.change or 0.0)

    @property
    def other_on_same(self) -> float | None:
        """The first's value less the difference: what the other has on the samples of both, where there are any."""
        if self.value is None or self.change is None:
            return self.other_value
        return self.value - self.change


def pair(
    relation: Relation,
    record: Record,
    other: Record,
    predictions: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, Metric],
) -> PairedResult:
    """Compare a record with another one; without predictions (cell id to whole table) nothing is tested."""
    result = PairedResult(relation, record, other, headline_score(record), headline_score(other))
    ranked_by = record.cell.ranked_by
    if result.other_value is None or other.cell.id not in predictions or ranked_by not in metrics:
        return result
    metric, identity = metrics[ranked_by], other.cell.identity
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
    return replace(result, n=len(a), difference=tested.differences[ranked_by], apart=tested.apart[ranked_by])


def leakage_premiums(
    records: Sequence[Record],
    predictions: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, Metric],
    found_on_both_sides: Mapping[str, int],
) -> tuple[PairedResult, ...]:
    """Return every experiment with a leaky split and the same with groups apart, in the order of their names.

    Which of the two is leaky is told by what is known of the splits, not by which names the other in the suite. Where that
    says the same of both, or one is tested on too few samples, there is no premium.

    Args:
        records: one a cell.
        predictions: cell id to its whole table.
        metrics: what is registered, by name.
        found_on_both_sides: cell id to the number of audits' errors that training and test share something.
    """
    by_id = {record.cell.id: record for record in records}
    pairs = []
    for record in records:
        if record.cell.counterpart and record.cell.beside in by_id:
            sides = [by_id[record.cell.beside], record]
            clean, leaky = sorted(sides, key=lambda side: _leaks(side, found_on_both_sides))
            if _leaks(clean, found_on_both_sides) < _leaks(leaky, found_on_both_sides) and all(map(_enough, sides)):
                pairs.append((leaky, clean))
    pairs.sort(key=lambda pair: [(side.cell.experiment, side.cell.id) for side in pair])
    return tuple(pair("groups apart", leaky, apart, predictions, metrics) for leaky, apart in pairs)


def _leaks(record: Record, found_on_both_sides: Mapping[str, int]) -> tuple[bool, bool]:
    return record.cell.leaky, found_on_both_sides.get(record.cell.id, 0) > 0


def _enough(record: Record) -> bool:
    scores = scores_of(record, record.cell.headline)
    return scores is None or scores.n >= FEWEST_RANKED
