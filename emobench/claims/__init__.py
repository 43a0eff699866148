"""What papers print, what arithmetic says of it, and verdicts."""

from __future__ import annotations

from emobench.claims.arithmetic import Arithmetic, Check
from emobench.claims.ledger import Claim, Ledger, find_ledger
from emobench.claims.verdicts import Judged, Verdict, count, differences, judge

__all__ = [
    "Arithmetic",
    "Check",
    "Claim",
    "Judged",
    "Ledger",
    "Verdict",
    "count",
    "differences",
    "find_ledger",
    "judge",
]
