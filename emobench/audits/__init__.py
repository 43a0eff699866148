"""Audits: before training, what is wrong with the samples that a split trains and tests on.

:func:`run_audits` reports findings and changes nothing. :func:`apply_policies` drops the samples that a suite says.
"""

from __future__ import annotations

from emobench.audits.catalogue import AUDITS, ON_BOTH_SIDES, report_id, run_audits
from emobench.audits.media_findings import media_findings
from emobench.audits.policies import apply_policies

__all__ = [
    "AUDITS",
    "ON_BOTH_SIDES",
    "apply_policies",
    "media_findings",
    "report_id",
    "run_audits",
]
