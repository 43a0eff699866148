"""The ledger of the papers, and a small one whose cells are written at random."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.claims import verdicts
from emobench.claims.ledger import Ledger, find_ledger
from emobench.claims.verdicts import (
    Judged,
    Located,
    judge,
)
from emobench.plugins.loading import installed_plugins
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import write_record
from emobench.scoring import Interval
from emobench.suites.reading import find_suite, read_suite
from emobench.suites.schema import Suite
from tests.support.factories import cell, identity, predictions, record

A2 = """\
0	0.72	0.70	0.71	37
1	0.62	0.62	0.62	34
2	0.62	0.73	0.67	41
3	0.59	0.55	0.56	44
4	0.67	0.62	0.65	16
5	0.67	0.62	0.64	47
6	0.70	0.74	0.72	31
accuracy			0.65	250
macro avg	0.66	0.65	0.65	250
weighted avg	0.65	0.65	0.65	250"""

NET = """\
schema = 1
title = "A suite"
claims = "demo_claims.toml"

[[experiments]]
name = "net-on-faces"
dataset = "faces"
labels = "three"
protocol = "random-clips"
model = "net"
seed = 42
"""

CLAIMS = """\
schema = 1
papers = { P = "A paper" }

[[matrices]]
name = "m"
supports = [{ source = "the text", classes = { 0 = 20, 1 = 20, 2 = 20 } }]

[[tables]]
paper = "P"
table = "Table 1"
unit = "fraction"
origin = "measured"
protocol = "at random"
sizes = [{ n = 60, source = "the text" }]
experiments = ["net-on-faces"]
claims = [
  { row = "net", column = "accuracy", value = "VALUE", metric = "accuracy", averaging = "none" },
]
"""


@cache
def papers() -> tuple[Suite, Ledger]:
    """Return the suite that repeats the papers, and its ledger."""
    suite = find_suite("paper-replication", installed_plugins())
    return suite, find_ledger(suite, installed_plugins())


def demo_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a suite into a folder; an interval is the metric plus and minus 0.1 whatever the table."""

    def bootstrap_interval(table: Any, metric: Any, classes: tuple[str, ...]) -> Interval:
        table = pd.concat(table) if isinstance(table, list) else table
        probabilities = table[[f"p_{name}" for name in classes]].to_numpy(dtype=float)
        truth = np.asarray([classes.index(label) for label in table["label"]])
        value = metric.compute(truth, probabilities, classes)
        return Interval(value - 0.1, value + 0.1, 0.95, "group", 5)

    monkeypatch.setattr(verdicts, "bootstrap_interval", bootstrap_interval)
    (folder / "demo.toml").write_text(NET, encoding="utf-8")
    return folder


def written(folder: Path, value: str, *more: str) -> tuple[Suite, Ledger]:
    text = CLAIMS.replace("VALUE", value)
    for old, new in zip(more[::2], more[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    (folder / "demo_claims.toml").write_text(text, encoding="utf-8")
    suite = read_suite(folder / "demo.toml")
    return suite, find_ledger(suite, installed_plugins())


def stored(folder: Path, **changes: Any) -> Located:
    """Write a finished cell with 60 random predictions and return it."""
    of = cell(what=identity(seed=changes.pop("seed", 42)), **changes)
    made = record(of)
    write_record(folder, made)
    place = folder / "cells" / of.id
    write_predictions(place / "predictions.parquet", predictions())
    return place, made


def accuracy(located: Located) -> float:
    return located[1].scores["test"].metrics["accuracy"]


def at(located: Located, offset: float) -> str:
    """Return a number of 60 samples, about ``offset`` above what was measured, as it would be printed."""
    return f"{round(60 * (accuracy(located) + offset)) / 60:.4f}"


def verdict(folder: Path, value: str, cells: list[Located], *more: str) -> Judged:
    suite, ledger = written(folder, value, *more)
    (one,) = judge(ledger, suite, cells, installed_plugins())
    return one
