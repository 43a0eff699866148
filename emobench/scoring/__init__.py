"""What predictions are worth, how sure that is, and whether two results differ: from predictions tables alone.

Nothing here needs torch or the dataset.
"""

from __future__ import annotations

from emobench.scoring.alignment import common_samples
from emobench.scoring.bootstrap import bootstrap_interval, bootstrap_intervals, mean_score, paired_bootstrap
from emobench.scoring.calibration import BINS, Bin, calibration_error, reliability
from emobench.scoring.class_order import class_order
from emobench.scoring.class_set import ClassSet, class_set
from emobench.scoring.confusion import averages, is_macro
from emobench.scoring.interval import LEVEL, Difference, Interval
from emobench.scoring.metrics import meaningful, value_of
from emobench.scoring.outcomes import SUM_TOLERANCE, Outcomes, arrays, outcomes, probability_problem
from emobench.scoring.power import detectable_by_spread, smallest_detectable_difference, spread_of
from emobench.scoring.rank_over_tasks import DRAWS, Standing, TaskScores, rank_over_tasks, task_scores
from emobench.scoring.scores import score
from emobench.scoring.significance import McNemar, Test, apart, holm, mcnemar
from emobench.scoring.subgroups import MINIMUM, Slice, slices, worst, worst_first
from emobench.scoring.units import unit_of

__all__ = [
    "BINS",
    "DRAWS",
    "LEVEL",
    "MINIMUM",
    "SUM_TOLERANCE",
    "Bin",
    "ClassSet",
    "Difference",
    "Interval",
    "McNemar",
    "Outcomes",
    "Slice",
    "Standing",
    "TaskScores",
    "Test",
    "apart",
    "arrays",
    "averages",
    "bootstrap_interval",
    "bootstrap_intervals",
    "calibration_error",
    "class_order",
    "class_set",
    "common_samples",
    "detectable_by_spread",
    "holm",
    "is_macro",
    "mcnemar",
    "mean_score",
    "meaningful",
    "outcomes",
    "paired_bootstrap",
    "probability_problem",
    "rank_over_tasks",
    "reliability",
    "score",
    "slices",
    "smallest_detectable_difference",
    "spread_of",
    "task_scores",
    "unit_of",
    "value_of",
    "worst",
    "worst_first",
]
