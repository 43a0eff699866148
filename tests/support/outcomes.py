"""Predictions that are sure of a class, and the ends of an interval that is known."""

from __future__ import annotations

import pandas as pd

from emobench.scoring.interval import Interval
from tests.support.factories import CLASSES, predictions


def outcomes(truth: list[str], predicted: list[str], groups: list[str] | None = None) -> pd.DataFrame:
    """Return a table in which the model is sure of what it predicts."""
    table = pd.DataFrame(
        {
            "sample_id": [f"clip-{number}" for number in range(len(truth))],
            "part": "test",
            "label": truth,
            "group": groups or [""] * len(truth),
            "prediction": predicted,
        }
    )
    return table.assign(**{f"p_{name}": (table["prediction"] == name).astype("float32") for name in CLASSES})


def right_and_wrong(right: list[bool], groups: list[str] | None = None) -> pd.DataFrame:
    return outcomes(["angry"] * len(right), ["angry" if one else "sad" for one in right], groups)


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.ends is not None
    return interval.ends


def width(interval: Interval) -> float:
    return ends(interval)[1] - ends(interval)[0]


def ungrouped(n: int = 60, seed: int = 0) -> pd.DataFrame:
    return predictions(n, seed=seed).assign(group="")
