"""Plots of boards and results."""

from __future__ import annotations

from emobench.figures.board import intervals
from emobench.figures.result import classes, confusion, plot_result, reliability, training
from emobench.figures.style import write

__all__ = ["classes", "confusion", "intervals", "plot_result", "reliability", "training", "write"]
