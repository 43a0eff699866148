"""One table of predictions, scored as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from emobench.contracts.metric import Metric
from emobench.records import Scores
from emobench.scoring import score


def score_part(table: pd.DataFrame, classes: tuple[str, ...], metrics: Iterable[Metric]) -> Scores:
    """Score a table whose rows are all of one part."""
    return score(table.assign(part="test"), classes, ("test",), metrics)["test"]
