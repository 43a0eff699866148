"""What papers print, what arithmetic says of it, and verdicts."""

from __future__ import annotations

from emobench.claims.arithmetic import Check, Finding, findings
from emobench.claims.ledger import Claim, Ledger, find_ledger, read_ledger
from emobench.claims.verdicts import Judged, Measured, count, judge

__all__ = [
    "Check",
    "Claim",
    "Finding",
    "Judged",
    "Ledger",
    "Measured",
    "count",
    "find_ledger",
    "findings",
    "judge",
    "read_ledger",
]
