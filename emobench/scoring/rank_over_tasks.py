"""Ranks of competitors over several tasks, with how sure they are.

**Points** are Borda's: in each task a competitor gets one for every other that it beats, and half for one of the same score.
Their mean over tasks, as the share of the others, ranks. Scores of different tasks are never averaged: a corpus of two easy
classes and one of eight do not compare, while who is better than whom does. Colombo, Noiry, Irurozki and Clémençon (*What are
the best systems? New perspectives on NLP benchmarking*, NeurIPS 2022) show that means over tasks are led by the tasks whose
scores vary most, and propose Borda's count; MTEB ranks by it (Enevoldsen et al., arXiv:2502.13595).

**Draws** are of two levels: tasks with replacement, for other tasks would have been as good, and in each drawn task its
groups (or samples that belong to nobody), for other people would have been as good. All competitors are scored on the same
draw. The scores of a drawn task are of one of the resamples that :class:`emobench.scoring.resamples.Resamples` makes. Drawing
at both levels counts a part of what people vary twice, so that intervals are rather too wide (Davison and Hinkley,
*Bootstrap Methods and their Application*, 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.scoring.alignment import common_samples
from emobench.scoring.bootstrap import FEWEST_WHOLE, RESAMPLES
from emobench.scoring.interval import LEVEL
from emobench.scoring.resamples import EQUAL, Resamples

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

DRAWS = 10_000


@dataclass(frozen=True)
class Standing:
    """Where a competitor stands over several tasks.

    Attributes:
        points: share of the others that it beats, the mean over the tasks, in [0, 1].
        rank: from 1, by the points; shared by those with the same points.
        low: lower end of the interval of the rank.
        high: upper end.
        first: share of the draws in which it is first, in [0, 1]; a first place that is shared counts by its part.
    """

    points: float
    rank: int
    low: int
    high: int
    first: float


@dataclass(frozen=True)
class TaskScores:
    """Scores of k competitors in one task, so that more is better.

    Attributes:
        values: (k,) on the samples that all of them have.
        drawn: (k, resamples) on the same resamples for all of them.
    """

    values: NDArray[np.float64]
    drawn: NDArray[np.float64]


def task_scores(
    tables: Sequence[Sequence[pd.DataFrame]],
    metric: Metric,
    classes: tuple[str, ...],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> TaskScores | None:
    """Return the scores of competitors in one task, of several seeds the means.

    Args:
        tables: for each competitor the predictions of one part, one table a seed.
        metric: any.
        classes: of the task.
        resamples: how many.
        seed: of the resamples.

    Returns:
        ``None`` where resamples say nothing of other people: with too few groups, a class that hardly any resample holds, or
        samples of several people at once; and where no sample is in all of the tables.

    Raises:
        EmobenchError: predictions cannot be scored, or those of different competitors do not go together.
    """
    import numpy as np

    every = [table for of_one in tables for table in of_one]
    if not set.intersection(*(set(table["sample_id"]) for table in every)):
        return None
    data = Resamples(common_samples(every), classes, resamples, seed)
    if data.units.unit == "identity" or data.units.too_few or data.lacks_a_class(metric):
        return None
    ((drawn, _, _),) = data.drawn(metric)
    whole = np.isfinite(drawn).all(axis=0)
    if whole.mean() < FEWEST_WHOLE:
        return None
    sign = 1.0 if metric.higher_is_better else -1.0
    ends = np.cumsum([len(of_one) for of_one in tables])[:-1]
    values = [side.mean() for side in np.split(data.on_all(metric), ends)]
    means = [side.mean(axis=0) for side in np.split(drawn[:, whole], ends)]
    return TaskScores(sign * np.array(values), sign * np.array(means))


def rank_over_tasks(
    tasks: Sequence[TaskScores], *, level: float = LEVEL, draws: int = DRAWS, seed: int = 0
) -> list[Standing]:
    """Return where each of k competitors stands over tasks.

    Args:
        tasks: at least one, each with scores of all k competitors in the same order; two competitors at least.
        level: of the interval of a rank.
        draws: how many.
        seed: the same seed gives the same result.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    points = np.mean([_points(task.values[:, None])[:, 0] for task in tasks], axis=0)
    by_task = [_points(task.drawn) for task in tasks]
    total = np.zeros((len(points), draws))
    for _ in tasks:
        chosen = generator.integers(len(tasks), size=draws)
        for place, known in enumerate(by_task):
            where = (chosen == place).nonzero()[0]
            total[:, where] += known[:, generator.integers(known.shape[1], size=len(where))]
    ranks, own = _ranks(total / len(tasks)), _ranks(points[:, None])[:, 0]
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=1, method="inverted_cdf")
    leads = ranks == 1
    first = (leads / leads.sum(axis=0)).mean(axis=1)
    told = zip(points, own, low, high, first, strict=True)
    return [Standing(float(p), int(r), int(a), int(b), float(f)) for p, r, a, b, f in told]


def _points(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for (k, n) scores the (k, n) shares of the others that each beats; equal ones are half beaten."""
    import numpy as np

    beaten = [((own - scores > EQUAL) + 0.5 * (abs(own - scores) <= EQUAL)).sum(axis=0) for own in scores]
    return (np.stack(beaten) - 0.5) / (len(scores) - 1)  # without the half that each gets of itself


def _ranks(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for (k, n) points the (k, n) ranks from 1; those with the same points share the better one."""
    import numpy as np

    return np.stack([1 + (points - own > EQUAL).sum(axis=0) for own in points])
