"""Audits: before training, what is wrong with the very samples that a split trains and tests on.

:func:`run_audits` finds and says; nothing is changed. :func:`apply_policies` drops what a suite says is to be dropped.
"""

from __future__ import annotations

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.audits.catalogue import AUDITS, run_audits
from emobench.audits.code import audits_code, report_id
from emobench.audits.duplicates import ACROSS
from emobench.audits.group_overlap import GROUPS, PARENTS, TAKES
from emobench.audits.near_duplicates import NAME
from emobench.audits.policies import POLICIES, apply_policies

__all__ = [
    "ACROSS",
    "AUDITS",
    "GROUPS",
    "NAME",
    "PARENTS",
    "POLICIES",
    "TAKES",
    "Audit",
    "AuditInput",
    "Flagged",
    "apply_policies",
    "audits_code",
    "report_id",
    "run_audits",
]
