"""Bundles: cells that travel to the board of others, verified before they are added."""

from __future__ import annotations

from emobench.publishing.bundles.adding import add
from emobench.publishing.bundles.packing import pack
from emobench.publishing.bundles.report import Problem, Report
from emobench.publishing.bundles.verifying import verify

__all__ = [
    "Problem",
    "Report",
    "add",
    "pack",
    "verify",
]
