"""Predictions that were made elsewhere."""

from __future__ import annotations

from emobench.external.submission import Submitted, submit

__all__ = [
    "Submitted",
    "submit",
]
