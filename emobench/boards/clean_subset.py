"""What a row scores on the tested samples that neither equal nor nearly equal one that it was fitted on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.boards.part_scores import headline_part, scores_of
from emobench.contracts import Metric
from emobench.records import UNION, AuditReport, Record, Scores
from emobench.scoring import is_macro, score

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CleanSubset:
    """Scores on the clean subset of the headline part.

    Attributes:
        n: number of samples in it.
        left_out: how many scored samples of the part are not in it.
        threshold_bits: in how many of 255 bits the perceptual hashes of two images may differ that are nearly equal; ``None``
            where only equal content is left out, there being no images.
        scores: metric to value, as far as the row has the metric on the headline part. Macro averages are not among them
            where they would be over other classes than those of the part.
    """

    n: int
    left_out: int
    threshold_bits: int | None
    scores: Mapping[str, float]


def clean_subset(
    record: Record,
    audits: Sequence[AuditReport],
    predictions: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, Metric],
) -> CleanSubset | None:
    """Return what a row scores on its clean subset.

    Args:
        record: of the row.
        audits: of the split that it was trained and tested on, of several folds one each.
        predictions: cell id to its whole table.
        metrics: what is registered, by name.

    Returns:
        ``None`` where no tested sample has a duplicate in what was fitted on, where there are no predictions, for a
        model that is fitted already, and where the audits do not tell of every sample.
    """
    headline = scores_of(record, record.cell.headline)
    if record.cell.identity.fitted_on:  # not on the training part that the audits are of
        return None
    if headline is None or record.cell.id not in predictions or not _complete(record, audits):
        return None
    known = [found for report in audits if (found := report.duplicated)]
    duplicated = frozenset[str]().union(*(found.samples for found in known))
    table = headline_part(record, predictions[record.cell.id])
    clean = table[~table["sample_id"].isin(duplicated)]
    if len(clean) == len(table):
        return None
    thresholds = {found.threshold_bits for found in known} - {None}
    return CleanSubset(
        n=len(clean),
        left_out=len(table) - len(clean),
        threshold_bits=max(filter(None, thresholds), default=None),
        scores=_scores(clean, record, headline, metrics) if len(clean) else {},
    )


def _complete(record: Record, audits: Sequence[AuditReport]) -> bool:
    """Tell whether audits looked for duplicates of every sample of the headline part."""
    if not audits or any(report.duplicated is None for report in audits):
        return False
    part = record.cell.headline
    parts = record.cell.identity.test_parts if part == UNION else (part,)
    audited = sum(report.counts.get(name, 0) for report in audits for name in parts)
    return audited >= record.scores[part].n


def _scores(clean: pd.DataFrame, record: Record, headline: Scores, metrics: Mapping[str, Metric]) -> dict[str, float]:
    chosen = [metric for name, metric in metrics.items() if name in headline.metrics]
    parts = tuple(dict.fromkeys(clean["part"]))
    by_part = score(clean, record.cell.identity.classes, parts, chosen)
    scored = by_part[UNION] if len(parts) > 1 else by_part[parts[0]]
    if scored.averaged == headline.averaged:
        return scored.metrics
    macro = {metric.name for metric in chosen if is_macro(metric.average)}
    return {name: value for name, value in scored.metrics.items() if name not in macro}


def shares_left_out(rows: Iterable[CleanSubset | None]) -> list[tuple[int, int, int | None]]:
    """Return each number of samples left out, of how many, and the threshold, once, in the order of the rows."""
    return list(dict.fromkeys((one.left_out, one.left_out + one.n, one.threshold_bits) for one in rows if one))
