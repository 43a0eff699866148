"""What a record says of one test part, the headline part above all: scores, numbers of samples, predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.boards.units import CCC, penalised
from emobench.records import METRICS, UNION, PartCount, Record, Scores, of_part
from emobench.scoring import averages

if TYPE_CHECKING:
    import pandas as pd


FEWEST_RANKED = 30
"""With fewer test samples there is no rank, no tier and no premium."""


def scores_of(record: Record, part: str) -> Scores | None:
    """Return the scores of a part; a failed cell has none, whatever its record says."""
    return record.scores.get(part) if record.status == "finished" else None


def headline_score(record: Record) -> float | None:
    """Return what a record is ranked by, on the headline part; ``None`` where it was not measured."""
    scores = scores_of(record, record.cell.headline)
    return scores.metrics.get(record.cell.ranked_by) if scores else None


def constant_score(record: Record) -> float | None:
    """Return what a record would be ranked by if it always said the class that the headline part has most of.

    Of values it is the CCC of any constant answer. ``None`` where that does not follow from the record.
    """
    import numpy as np

    if record.cell.identity.kind == "values":
        return 0.0 if record.cell.ranked_by == CCC else None
    scores = record.scores[record.cell.headline]
    confusion = np.zeros((1, len(scores.per_class), len(scores.per_class)))
    support = [each.support for each in scores.per_class]
    confusion[0, :, int(np.argmax(support))] = support
    averaged = np.array([each.label in scores.averaged for each in scores.per_class])
    average = METRICS[record.cell.ranked_by].average
    return float(averages(confusion, average, averaged)[0]) if average else None


def headline_part(record: Record, table: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions that a record is ranked by, of its whole table."""
    return of_part(table, record.cell.headline, record.cell.identity.test_parts)


def counted(record: Record, part: str) -> PartCount | None:
    """Return how many samples of a part, or of all test parts, were asked for and dropped, if it is known."""
    parts = record.cell.identity.test_parts if part == UNION and part not in record.counts else (part,)
    counts = [record.counts[name] for name in parts if name in record.counts]
    if len(counts) < len(parts):
        return None
    return PartCount(attempted=sum(count.attempted for count in counts), dropped=sum(count.dropped for count in counts))


def scored_share(record: Record) -> float:
    """Return which share of the samples of the headline part is scored; 1 where the record counts none."""
    count = counted(record, record.cell.headline)
    return 1 - count.dropped / count.attempted if count and count.attempted else 1.0


def standing(record: Record, metric: str) -> float | None:
    """Return a metric of the headline part, less what samples left out take from it; ``None`` where it was not measured."""
    scores = scores_of(record, record.cell.headline)
    value = scores.metrics.get(metric) if scores else None
    return None if value is None else penalised(metric, value, scored_share(record))
