"""Results that the command compare compares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench import cli
from emobench.records.predictions import predictions_table, write_predictions
from emobench.records.run_folder import write_record
from tests.support.factories import CLASSES, cell, identity, record, sha256

N = 120


def said(chance: float, seed: int, *, groups: bool = False, part: str = "test") -> pd.DataFrame:
    """Return predictions that are right with a chance, for labels that do not depend on the seed."""
    generator = np.random.default_rng(seed)
    truth = np.arange(N) % 3
    predicted = np.where(generator.random(N) < chance, truth, (truth + 1) % 3)
    table = pd.DataFrame(
        {
            "sample_id": [f"clip-{number:03d}" for number in range(N)],
            "part": part,
            "label": np.asarray(CLASSES, dtype=object)[truth],
            "group": [f"speaker-{number // 10}" if groups else "" for number in range(N)],
        }
    )
    return predictions_table(CLASSES, np.eye(3)[predicted], table)


def put(runs: Path, experiment: str, table: pd.DataFrame, **changes: Any) -> str:
    """Write a finished cell and return its id; ``changes`` are of the identity, or ``provenance`` and ``headline``."""
    outer = {name: changes.pop(name) for name in ("provenance", "headline") if name in changes}
    of = cell(experiment, what=identity(**({"code": {"net": sha256(experiment)}} | changes)), **outer)
    write_record(runs / "demo", record(of))
    write_predictions(runs / "demo" / "cells" / of.id / "predictions.parquet", table)
    return of.id


def refused(capsys: pytest.CaptureFixture[str], runs: Path, *arguments: str) -> str:
    assert cli.invoke(["compare", *arguments, "--runs", str(runs)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]
