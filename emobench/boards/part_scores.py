"""What a record says of one test part, the headline part above all: scores, numbers of samples, predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.records import RANKED_BY, UNION, PartCount, Record, Scores, of_part

if TYPE_CHECKING:
    import pandas as pd


def scores_of(record: Record, part: str) -> Scores | None:
    """Return the scores of a part; a failed cell has none, whatever its record says."""
    return record.scores.get(part) if record.status == "finished" else None


def accuracy_of(record: Record) -> float | None:
    """Return the accuracy on the headline part; ``None`` where it was not measured."""
    scores = scores_of(record, record.cell.headline)
    return scores.metrics.get(RANKED_BY) if scores else None


def most_frequent(record: Record) -> float:
    """Return the accuracy of always saying the class that the headline part has most of."""
    scores = record.scores[record.cell.headline]
    return max(class_scores.support for class_scores in scores.per_class) / scores.n


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
