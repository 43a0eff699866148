"""The claim ledger: every number that a suite's papers print, whether it can be true, and whether it was found again."""

from emobench.claims.arithmetic import Check, Finding, findings
from emobench.claims.ledger import Claim, Ledger, find_ledger, read_ledger
from emobench.claims.render import for_page, render_csv, render_json, render_markdown, render_text
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
    "for_page",
    "judge",
    "read_ledger",
    "render_csv",
    "render_json",
    "render_markdown",
    "render_text",
]
