"""A run: its cells, workers, audits, lock and boards."""

from __future__ import annotations

from emobench.running.audits import audit_plan, audit_task, keep_back
from emobench.running.cell import failed_record, load_task
from emobench.running.environment import PACKAGES, PeakMemory, describe_environment
from emobench.running.lock import run_lock
from emobench.running.suite import SuiteRun, check_plan, run_plan, run_suite

__all__ = [
    "PACKAGES",
    "PeakMemory",
    "SuiteRun",
    "audit_plan",
    "audit_task",
    "check_plan",
    "describe_environment",
    "failed_record",
    "keep_back",
    "load_task",
    "run_lock",
    "run_plan",
    "run_suite",
]
