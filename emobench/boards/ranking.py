"""Records become tasks, and a task ranks its rows."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from emobench.boards.board import Board, BoardTask, Missing, People, Row
from emobench.boards.clean_subset import clean_subset
from emobench.boards.encoders_by_corpora import matrices
from emobench.boards.paired_results import leakage_premiums
from emobench.boards.part_scores import FEWEST_RANKED, headline_part, scores_of, standing
from emobench.boards.related_records import RelatedRecords
from emobench.boards.titles import Titles
from emobench.boards.uncertainty import Uncertainty, estimate
from emobench.boards.units import goodness, tie_breaker
from emobench.contracts import Metric, MetricDescription
from emobench.records import (
    PROVENANCES,
    AuditReport,
    Cell,
    Record,
    constant_prediction,
    described,
    for_content,
    names_people,
    scrub,
    with_identities,
)

if TYPE_CHECKING:
    import pandas as pd

Ranked = list[tuple[int | None, Record]]
"""Ranks by score and records, the best first."""


def build_board(
    records: Iterable[Record],
    missing: Iterable[Missing] = (),
    *,
    predictions: Mapping[str, pd.DataFrame] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    attributes: Mapping[str, pd.DataFrame] | None = None,
    audits: Iterable[AuditReport] = (),
    estimated: Iterable[BoardTask] = (),
    titles: Titles | None = None,
) -> Board:
    """Sort records into tasks and rank them.

    One cell is one row of its task. Where it comes in several records, as when run folders are put together, a finished
    record goes before a failed one, then a later before an earlier.

    Args:
        records: in any order.
        missing: experiments without a record.
        predictions: cell id to its whole table; without them rows are ranked by score, and nothing has an interval.
        metrics: what is registered, by name; needed with predictions.
        attributes: what a dataset's index says of its samples, see :func:`emobench.records.read_attributes`.
        audits: of the splits of the records, and any others.
        estimated: tasks of another board of the same predictions; one with the same rows keeps its intervals and tests.
        titles: what people call the components; by default the names that they are registered under.

    Raises:
        EmobenchError: predictions cannot be scored, or those of a task do not go together.
    """
    predictions, metrics, attributes = predictions or {}, metrics or {}, attributes or {}
    chosen = [scrub(record) for record in _one_a_cell(records)]
    predictions = _with_identities(chosen, predictions, attributes)
    related = RelatedRecords(chosen, predictions, metrics, audits)
    grouped: dict[str, list[Record]] = defaultdict(list)
    for record in chosen:
        if related.competes(record):
            grouped[task_key(record.cell)].append(record)
    catalogue = described(metrics.values())
    known = {tuple(row.cell.id for row in task.rows): task.uncertainty for task in estimated}
    tasks = []
    for key, group in grouped.items():
        ranked = _ranked(group)
        cells = tuple(record.cell.id for _, record in ranked)
        if cells not in known:
            known[cells] = estimate(ranked, predictions, metrics, attributes)
        people = _people(group, predictions, attributes)
        rows = _rows(ranked, related, known[cells], predictions, metrics)
        tasks.append(_task(key, rows, known[cells], people, catalogue))
    crossed = {row.cell.id: row.crossed for task in tasks for row in task.rows}
    tasks.sort(key=_task_order)
    return Board(
        tasks=tuple(tasks),
        missing=tuple(sorted(missing, key=lambda one: (one.dataset, one.experiment, one.reason))),
        premiums=leakage_premiums(chosen, predictions, metrics, crossed),
        titles=titles or Titles(),
        matrices=matrices(tasks, predictions, metrics),
    )


def _one_a_cell(records: Iterable[Record]) -> list[Record]:
    # The JSON at the end makes the choice independent of the order in which equally late records come.
    ordered = sorted(
        records, key=lambda record: (record.status == "finished", record.finished, record.model_dump_json())
    )
    return list({(record.cell.id, task_key(record.cell)): record for record in ordered}.values())


def _with_identities(
    records: Iterable[Record], predictions: Mapping[str, pd.DataFrame], attributes: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    return {
        record.cell.id: with_identities(
            predictions[record.cell.id], record.cell.identities, for_content(attributes, record.cell.identity.content)
        )
        for record in records
        if record.cell.id in predictions
    }


def task_key(cell: Cell) -> str:
    """Return what makes rows comparable, as canonical JSON."""
    identity = cell.identity
    parts = identity.offered
    data = [identity.dataset, identity.fingerprint, identity.content, cell.provenance]
    rule = [identity.labels, identity.classes, identity.rule.model_dump(mode="json"), cell.leaky]
    told = [asdict(identity.target)] if identity.target else []
    return json.dumps([data, rule, parts, cell.headline, cell.ranked_by, *told], sort_keys=True)


def _people(
    records: list[Record], predictions: Mapping[str, pd.DataFrame], attributes: Mapping[str, pd.DataFrame]
) -> People:
    """Tell whether the people of a task's test samples are kept apart from those of training."""
    if records[0].cell.leaky:
        return "leaky"
    tables = [
        headline_part(record, predictions[record.cell.id])
        for record in records
        if record.status == "finished" and record.cell.id in predictions
    ]
    if tables:
        return "apart" if all((table["group"].fillna("") != "").all() for table in tables) else "unknown"
    known = for_content(attributes, records[0].cell.identity.content)
    return "apart" if known is not None and names_people(known) else "unknown"


def _rows(
    ranked: Ranked,
    related: RelatedRecords,
    uncertainty: Uncertainty | None,
    predictions: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, Metric],
) -> tuple[Row, ...]:
    tiers = uncertainty.ranks if uncertainty else {}
    rows = []
    for rank, record in ranked:
        audits = related.audits(record)
        rows.append(
            Row(
                record,
                tiers.get(record.cell.id, rank),
                related.members(record),
                related.folds(record),
                related.paired(record),
                audits,
                clean_subset(record, audits, predictions, metrics),
            )
        )
    return tuple(rows)


def _task(
    key: str,
    rows: tuple[Row, ...],
    uncertainty: Uncertainty | None,
    people: People,
    catalogue: Mapping[str, MetricDescription],
) -> BoardTask:
    cell = min((row.cell for row in rows), key=lambda one: one.id)
    identity = cell.identity
    return BoardTask(
        id=hashlib.sha256(key.encode()).hexdigest()[:12],
        dataset=identity.dataset,
        fingerprint=identity.fingerprint,
        provenance=cell.provenance,
        labels=identity.labels,
        classes=identity.classes,
        protocol=identity.rule,
        leaky=cell.leaky,
        parts=identity.offered,
        headline=cell.headline,
        ranked_by=cell.ranked_by,
        rows=rows,
        uncertainty=uncertainty,
        people=people,
        metrics=catalogue,
        target=identity.target,
    )


def _task_order(task: BoardTask) -> tuple[int, str, str, str, str]:
    return PROVENANCES.index(task.provenance), task.dataset, task.labels, task.protocol.name, task.id


def _ranked(records: list[Record]) -> Ranked:
    """Return ranks and records: the best first, those without a result last and without a rank."""
    placed = sorted(records, key=lambda record: (*(-value for value in _standing(record)), _address(record)))
    standings = [_standing(record) for record in placed]
    ranks = [standings.index(standing) + 1 for standing in standings]
    return [(rank if _has_rank(record) else None, record) for rank, record in zip(ranks, placed, strict=True)]


def _has_rank(record: Record) -> bool:
    """Tell whether a row has a rank: not an ablation, even where its row is not on the board, nor one without a result.

    Nor one that says the same of every sample, or is tested on too few: there is nothing to be told apart.
    """
    scores = scores_of(record, record.cell.headline)
    measured = scores is not None and record.cell.ranked_by in scores.metrics
    enough = scores is not None and scores.n >= FEWEST_RANKED
    return measured and enough and not record.cell.control_of and constant_prediction(record) is None


def _standing(record: Record) -> tuple[bool, float, float]:
    """Return what a row is ranked by; minus infinity where it was not measured. Rows that say one class stand below others.

    Samples that a row leaves out count against it, or leaving out the difficult ones would be a way to the top.
    """
    values = {name: standing(record, name) for name in (record.cell.ranked_by, tie_breaker(record.cell.ranked_by))}
    first, second = (-math.inf if value is None else goodness(name, value) for name, value in values.items())
    return constant_prediction(record) is None, first, second


def _address(record: Record) -> tuple[bool, str, int, str]:
    cell = record.cell
    return record.status == "failed", cell.experiment, cell.identity.seed, cell.id
