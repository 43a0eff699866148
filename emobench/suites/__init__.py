"""Suite files: which datasets, models and fusions to combine, and how."""

from __future__ import annotations

from emobench.suites.expansion import Meant, expand, experiment_of
from emobench.suites.matching import misfit
from emobench.suites.reading import find_suite, parse_suite, read_suite, read_toml
from emobench.suites.schema import Expanded, Experiment, Pattern, Suite, TableOf, readings, said_of

__all__ = [
    "Expanded",
    "Experiment",
    "Meant",
    "Pattern",
    "Suite",
    "TableOf",
    "expand",
    "experiment_of",
    "find_suite",
    "misfit",
    "parse_suite",
    "read_suite",
    "read_toml",
    "readings",
    "said_of",
]
