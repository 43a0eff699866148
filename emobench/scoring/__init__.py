"""What predictions are worth, how sure that is, and whether two results differ: from predictions tables alone.

Nothing here needs torch or the dataset.
"""

from __future__ import annotations

from emobench.scoring.alignment import common_samples
from emobench.scoring.bootstrap import (
    LEVEL,
    Difference,
    Interval,
    bootstrap_interval,
    bootstrap_intervals,
    paired_bootstrap,
    unit_of,
)
from emobench.scoring.calibration import BINS, Bin, calibration_error, reliability
from emobench.scoring.confusion import averages
from emobench.scoring.metrics import meaningful
from emobench.scoring.power import smallest_detectable_difference
from emobench.scoring.scores import SUM_TOLERANCE, arrays, probability_problem, score
from emobench.scoring.significance import McNemar, Test, apart, holm, mcnemar
from emobench.scoring.subgroups import MINIMUM, Slice, by_accuracy, slices, worst

__all__ = [
    "BINS",
    "LEVEL",
    "MINIMUM",
    "SUM_TOLERANCE",
    "Bin",
    "Difference",
    "Interval",
    "McNemar",
    "Slice",
    "Test",
    "apart",
    "arrays",
    "averages",
    "bootstrap_interval",
    "bootstrap_intervals",
    "by_accuracy",
    "calibration_error",
    "common_samples",
    "holm",
    "mcnemar",
    "meaningful",
    "paired_bootstrap",
    "probability_problem",
    "reliability",
    "score",
    "slices",
    "smallest_detectable_difference",
    "unit_of",
    "worst",
]
