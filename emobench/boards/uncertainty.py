"""What predictions add to the records of a task: intervals, ranks that are tiers, several seeds as one, slices.

Tiers: down the rows, a row begins a new tier if the tests tell it apart from the first row of the present one, in accuracy.
All pairs of the task are tested, each on the samples that both have, and p-values are corrected for the number of pairs by
Holm's method; so the ranks say what ``emobench compare`` says of the same rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emobench.boards.paired_tests import Pair, paired_tests
from emobench.boards.part_scores import headline_part, scores_of
from emobench.contracts import Metric
from emobench.records import RANKED_BY, TIES_BY, Record, but_for_the_seed, for_content
from emobench.scoring import (
    Bin,
    Interval,
    Slice,
    arrays,
    bootstrap_intervals,
    common_samples,
    reliability,
    slices,
    smallest_detectable_difference,
    unit_of,
)

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]

Metrics = Mapping[str, Metric]

WITH_INTERVAL = (
    RANKED_BY,
    TIES_BY,
    "f1_weighted",
    "precision_weighted",
    "recall_weighted",
    "f1_macro",
    "precision_macro",
    "recall_macro",
)
"""Metrics that get an interval: those of the ranking and of the papers' tables."""


@dataclass(frozen=True)
class Detectable:
    """The smallest difference in accuracy that McNemar's exact test finds four times out of five.

    Attributes:
        difference: in (0, 1]; ``None`` where not even the largest possible one would be found.
        n: number of samples of the best row.
        accuracy: of the best row.
        discordant: share of samples that exactly one of two rows has right: the mean over the pairs of the task.
        found: whether ``discordant`` was found so; otherwise it is that of two rows that err independently of each other,
            which is the safe side.
        grouped: whether samples come in groups, so that the difference is a lower bound.
    """

    difference: float | None
    n: int
    accuracy: float
    discordant: float
    found: bool
    grouped: bool


@dataclass(frozen=True)
class Seeds:
    """One experiment under several seeds.

    Attributes:
        experiment: its name.
        cells: one a seed.
        seeds: in ascending order.
        n: number of samples that all of them have.
        means: metric to the mean over the seeds.
        intervals: metric to the interval of the mean, over seeds and groups or samples.
    """

    experiment: str
    cells: tuple[str, ...]
    seeds: tuple[int, ...]
    n: int
    means: dict[str, float]
    intervals: dict[str, Interval]


@dataclass(frozen=True)
class Uncertainty:
    """What the predictions of a task's rows say on the headline part; rows go by their cells.

    Attributes:
        intervals: cell to metric to interval.
        ranks: cell to rank.
        untested: cells that have a rank by their score only, since their predictions are not there.
        pairs: what was tested, A standing higher; bootstrapped only where samples come in groups.
        detectable: what a test could find; ``None`` where no row with predictions has a rank.
        seeds: experiments that are on the board with several seeds.
        slices: cell to its slices.
        reliability: cell to the bins of its top probabilities.
    """

    intervals: dict[str, dict[str, Interval]]
    ranks: dict[str, int]
    untested: tuple[str, ...]
    pairs: tuple[Pair, ...]
    detectable: Detectable | None
    seeds: tuple[Seeds, ...]
    slices: dict[str, tuple[Slice, ...]]
    reliability: dict[str, tuple[Bin, ...]] = field(default_factory=dict)


def estimate(
    ranked: Sequence[tuple[int | None, Record]], predictions: Tables, metrics: Metrics, attributes: Tables
) -> Uncertainty | None:
    """Return what predictions say of the rows of a task; ``None`` where none of them has any.

    Args:
        ranked: rank by score and record, the best first.
        predictions: cell id to its whole table.
        metrics: what is registered, by name.
        attributes: first 16 digits of a dataset's content to what its index says, see :mod:`emobench.records.attributes`.
    """
    known = [
        record for _, record in ranked if scores_of(record, record.cell.headline) and record.cell.id in predictions
    ]
    if not known or RANKED_BY not in metrics:
        return None
    accuracy, classes = metrics[RANKED_BY], known[0].cell.identity.classes
    about = for_content(attributes, known[0].cell.identity.content)
    tables = {record.cell.id: headline_part(record, predictions[record.cell.id]) for record in known}
    places = [(rank, record.cell.id) for rank, record in ranked if rank is not None]
    competing = [record for rank, record in ranked if rank is not None and record.cell.id in tables]
    pairs = tuple(_pairs([record.cell.id for record in competing], tables, accuracy, classes))
    return Uncertainty(
        intervals={
            record.cell.id: bootstrap_intervals(tables[record.cell.id], _scored([record], metrics), classes)
            for record in known
        },
        ranks=_tiers(places, set(tables), pairs),
        untested=tuple(cell for _, cell in places if cell not in tables),
        pairs=pairs,
        detectable=_detectable(competing[0], pairs, tables[competing[0].cell.id]) if competing else None,
        seeds=tuple(_several_seeds(known, tables, metrics, classes)),
        slices={cell: slices(table, about, accuracy, classes) for cell, table in tables.items()},
        reliability={cell: reliability(*arrays(table, classes)) for cell, table in tables.items()},
    )


def _scored(records: Iterable[Record], metrics: Metrics) -> list[Metric]:
    """Return the metrics with an interval that all of the records have."""
    scores = [record.scores[record.cell.headline].metrics for record in records]
    return [metrics[name] for name in WITH_INTERVAL if name in metrics and all(name in measured for measured in scores)]


# ------------------------------------------------------------------------------------------------------- tiers


def _pairs(cells: Iterable[str], tables: Tables, metric: Metric, classes: tuple[str, ...]) -> list[Pair]:
    pairs = {}
    for a, b in itertools.combinations(cells, 2):
        # Rows without a common sample cannot be told apart.
        if not set(tables[a]["sample_id"]).isdisjoint(tables[b]["sample_id"]):
            of_a, of_b = common_samples([tables[a], tables[b]])
            pairs[a, b] = [of_a], [of_b]
    return paired_tests(pairs, [metric], classes, only_groups=True)


def _tiers(rows: Iterable[tuple[int, str]], tested: set[str], pairs: Iterable[Pair]) -> dict[str, int]:
    """Return the rank of each row: one more than the number of rows before the first of its tier."""
    different = {(pair.a, pair.b) for pair in pairs if pair.apart[RANKED_BY]}
    ranks: dict[str, int] = {}
    first, tier = "", 0
    for position, (rank, cell) in enumerate(rows, start=1):
        if cell not in tested:
            ranks[cell] = rank
            continue
        if not first or (first, cell) in different:
            first, tier = cell, position
        ranks[cell] = tier
    return ranks


def _detectable(best: Record, pairs: Sequence[Pair], table: pd.DataFrame) -> Detectable:
    scores = best.scores[best.cell.headline]
    accuracy = scores.metrics[RANKED_BY]
    discordant = [pair.mcnemar.discordant for pair in pairs if pair.mcnemar]
    mean = sum(discordant) / len(discordant) if discordant else 0.0
    # Rows that are all right on the same samples say nothing about others.
    share = mean or 2 * accuracy * (1 - accuracy)
    return Detectable(
        difference=smallest_detectable_difference(scores.n, accuracy, share),
        n=scores.n,
        accuracy=accuracy,
        discordant=share,
        found=mean > 0,
        grouped=unit_of(table) == "group",
    )


# ------------------------------------------------------------------------------------------------------- seeds


def _several_seeds(
    known: Sequence[Record], tables: Tables, metrics: Metrics, classes: tuple[str, ...]
) -> Iterator[Seeds]:
    experiments: dict[tuple[str, str], list[Record]] = {}
    for record in known:
        experiments.setdefault((record.cell.experiment, but_for_the_seed(record.cell.identity)), []).append(record)
    for (experiment, _), records in experiments.items():
        records.sort(key=lambda record: record.cell.identity.seed)
        seeds = [record.cell.identity.seed for record in records]
        if len(records) < 2 or len(set(seeds)) < len(seeds):
            continue
        same = common_samples([tables[record.cell.id] for record in records])
        checked = [arrays(table, classes) for table in same]
        chosen = _scored(records, metrics)
        yield Seeds(
            experiment=experiment,
            cells=tuple(record.cell.id for record in records),
            seeds=tuple(seeds),
            n=len(same[0]),
            means={
                metric.name: sum(float(metric.compute(*each, classes)) for each in checked) / len(checked)
                for metric in chosen
            },
            intervals=bootstrap_intervals(same, chosen, classes),
        )
