"""What predictions add to the records of a task: intervals, ranks that are tiers, several seeds as one, slices.

Tiers: down the rows, a row begins a new tier if the tests tell it apart from the first row of the present one, in what the
task is ranked by.
All pairs of the task are tested, each on the samples that both have, and p-values are corrected for the number of pairs by
Holm's method; so the ranks say what ``emobench compare`` says of the same rows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from emobench.boards.paired_tests import Pair, paired_tests
from emobench.boards.part_scores import headline_part, scores_of
from emobench.contracts import Metric
from emobench.records import ACCURACY, MAE, Record, but_for_the_seed, for_content, metric_order
from emobench.scoring import (
    Bin,
    Interval,
    Slice,
    arrays,
    bootstrap_intervals,
    common_samples,
    detectable_by_spread,
    mean_score,
    reliability,
    slices,
    smallest_detectable_difference,
    spread_of,
)

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]

Metrics = Mapping[str, Metric]


@dataclass(frozen=True)
class Detectable:
    """The smallest difference between two rows that a test finds four times out of five.

    Attributes:
        difference: in the unit of the metric, in (0, 1] of a share; ``None`` where not even the largest possible one would be
            found.
        n: number of samples of the best row.
        test: ``exact McNemar`` for the accuracy on samples without groups, else ``paired bootstrap``.
        discordant: for McNemar's test the share of samples that exactly one of two rows has right: the mean over the pairs
            of the task.
        found: whether the pairs of the task gave it; otherwise it is that of two rows that err independently of each other,
            which is the safe side.
    """

    difference: float | None
    n: int
    test: Literal["exact McNemar", "paired bootstrap"]
    discordant: float | None
    found: bool


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
        ranks: cell to rank; ``None`` for a row without one.
        untested: cells that have a rank by their score only, since their predictions are not there.
        pairs: what was tested, A standing higher.
        detectable: what a test could find; ``None`` where no row with predictions has a rank.
        seeds: experiments that are on the board with several seeds.
        slices: cell to its slices.
        reliability: cell to the bins of its top probabilities; none of values.
    """

    intervals: dict[str, dict[str, Interval]]
    ranks: dict[str, int | None]
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
    known = [one for _, one in ranked if scores_of(one, one.cell.headline) and one.cell.id in predictions]
    of_classes = bool(known) and known[0].cell.identity.kind != "values"
    needed = {ACCURACY} if of_classes else set()
    if not known or not needed | {known[0].cell.ranked_by} <= metrics.keys():
        return None
    sliced = metrics.get(ACCURACY if of_classes else MAE)
    ranked_by, classes = metrics[known[0].cell.ranked_by], known[0].cell.identity.classes
    about = for_content(attributes, known[0].cell.identity.content)
    tables = {one.cell.id: headline_part(one, predictions[one.cell.id]) for one in known}
    intervals = {
        record.cell.id: bootstrap_intervals(tables[record.cell.id], _scored([record], metrics), classes)
        for record in known
    }
    places = [
        (rank, record.cell.id)
        for rank, record in ranked
        if rank is not None and not _of_rare_classes(intervals.get(record.cell.id, {}).get(ranked_by.name))
    ]
    ranked_cells = {cell for _, cell in places}
    competing = [record for record in known if record.cell.id in ranked_cells]
    pairs = tuple(_pairs([record.cell.id for record in competing], tables, ranked_by, classes))
    return Uncertainty(
        intervals=intervals,
        ranks=dict.fromkeys(tables) | _tiers(places, set(tables), pairs, ranked_by.name),
        untested=tuple(cell for _, cell in places if cell not in tables),
        pairs=pairs,
        detectable=_detectable(competing[0], ranked_by, pairs, intervals[competing[0].cell.id]) if competing else None,
        seeds=tuple(_several_seeds(known, tables, metrics, classes)),
        slices={cell: slices(table, about, sliced, classes) for cell, table in tables.items() if sliced},
        reliability={cell: reliability(*arrays(table, classes)) for cell, table in tables.items() if of_classes},
    )


def _scored(records: Iterable[Record], metrics: Metrics) -> list[Metric]:
    """Return the metrics with an interval that all of the records have."""
    scores = [record.scores[record.cell.headline].metrics for record in records]
    names = [name for name in metric_order(metrics) if metrics[name].interval]
    return [metrics[name] for name in names if all(name in measured for measured in scores)]


# ------------------------------------------------------------------------------------------------------- tiers


def _pairs(cells: Iterable[str], tables: Tables, metric: Metric, classes: tuple[str, ...]) -> list[Pair]:
    pairs = {}
    for a, b in itertools.combinations(cells, 2):
        # Rows without a common sample cannot be told apart.
        if not set(tables[a]["sample_id"]).isdisjoint(tables[b]["sample_id"]):
            of_a, of_b = common_samples([tables[a], tables[b]])
            pairs[a, b] = [of_a], [of_b]
    return paired_tests(pairs, [metric], classes)


def _of_rare_classes(interval: Interval | None) -> bool:
    """Tell whether a score is an average over classes that hardly any other test set would hold: it has no rank."""
    return interval is not None and interval.unknown == "rare class"


def _tiers(
    rows: Iterable[tuple[int, str]], tested: set[str], pairs: Iterable[Pair], ranked_by: str
) -> dict[str, int | None]:
    """Return the rank of each row: one more than the number of rows before the first of its tier."""
    different = {(pair.a, pair.b) for pair in pairs if pair.apart[ranked_by]}
    ranks: dict[str, int | None] = {}
    first, tier = "", 0
    for position, (rank, cell) in enumerate(rows, start=1):
        if cell not in tested:
            ranks[cell] = rank
            continue
        if not first or (first, cell) in different:
            first, tier = cell, position
        ranks[cell] = tier
    return ranks


def _detectable(
    best: Record, metric: Metric, pairs: Sequence[Pair], intervals: Mapping[str, Interval]
) -> Detectable | None:
    scores, interval, most = best.scores[best.cell.headline], intervals.get(metric.name), metric.high - metric.low
    discordant = [pair.mcnemar.discordant for pair in pairs if pair.mcnemar]
    if best.cell.ranked_by == ACCURACY and (interval is None or interval.unit == "sample"):
        accuracy = scores.metrics[ACCURACY]
        mean = sum(discordant) / len(discordant) if discordant else 0.0
        # Rows that are all right on the same samples say nothing about others.
        share = mean or 2 * accuracy * (1 - accuracy)
        difference = smallest_detectable_difference(scores.n, accuracy, share)
        return Detectable(difference, scores.n, "exact McNemar", share, found=mean > 0)
    spreads = [pair.differences[best.cell.ranked_by].spread for pair in pairs]
    known = [spread for spread in spreads if spread]
    if known:
        difference = detectable_by_spread(sum(known) / len(known))
        return Detectable(min(difference, most), scores.n, "paired bootstrap", None, found=True)
    if interval is None or interval.ends is None:
        return None
    # Two rows with an error like that of the best one, and independent of each other.
    difference = detectable_by_spread(math.sqrt(2) * spread_of(interval.ends, interval.level))
    return Detectable(min(difference, most), scores.n, "paired bootstrap", None, found=False)


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
        chosen = _scored(records, metrics)
        yield Seeds(
            experiment=experiment,
            cells=tuple(record.cell.id for record in records),
            seeds=tuple(seeds),
            n=len(same[0]),
            means={metric.name: mean_score(same, metric, classes) for metric in chosen},
            intervals=bootstrap_intervals(same, chosen, classes),
        )
