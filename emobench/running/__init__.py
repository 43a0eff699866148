"""A run: its cells, workers, audits, lock and boards."""

from __future__ import annotations

from emobench.running.audits import NAMES_ALONE, audit_task
from emobench.running.environment import PACKAGES
from emobench.running.estimates import Cost, Estimate, estimate
from emobench.running.lock import run_lock
from emobench.running.suite import SuiteRun, check_plan, run_plan, run_suite

__all__ = [
    "NAMES_ALONE",
    "PACKAGES",
    "Cost",
    "Estimate",
    "SuiteRun",
    "audit_task",
    "check_plan",
    "estimate",
    "run_lock",
    "run_plan",
    "run_suite",
]
