"""Scoring as a whole: coverage by simulation, what an import brings, slices of a run."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.benchmarks import coverage
from tests.support.factories import built_in_metrics

METRICS = {metric.name: metric for metric in built_in_metrics()}


def test_a_short_simulation_of_the_coverage() -> None:
    (row,) = coverage.simulated(coverage.Setting("few", 240, (8,)), ("balanced_accuracy",), repetitions=60)
    assert row.covered >= 0.85
    assert row.false_alarms <= 0.15


def test_importing_it_is_light() -> None:
    code = "import sys, emobench.scoring; print([m for m in ('numpy', 'pandas', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ)
    assert done.stdout.strip() == "[]"


def test_scoring_needs_no_torch() -> None:
    code = (
        "import sys; from tests.support.factories import *\n"
        "score(predictions(), CLASSES, ('test',), built_in_metrics())\n"
        "assert 'torch' not in sys.modules, 'torch'"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
