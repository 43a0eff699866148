"""What ``import emobench`` offers: evaluate, run a suite, read results."""

from __future__ import annotations

from emobench.api.evaluation import Evaluation, evaluate
from emobench.api.results import Results, load_results
from emobench.api.suite import run_suite

__all__ = [
    "Evaluation",
    "Results",
    "evaluate",
    "load_results",
    "run_suite",
]
