"""Plots of boards and results."""

from __future__ import annotations

from emobench.figures.board import compared, dumbbell, intervals, published
from emobench.figures.result import classes, confusion, plot_result, reliability, scatter, training
from emobench.figures.style import ALL_FORMATS, FORMATS, write

__all__ = [
    "ALL_FORMATS",
    "FORMATS",
    "classes",
    "compared",
    "confusion",
    "dumbbell",
    "intervals",
    "plot_result",
    "published",
    "reliability",
    "scatter",
    "training",
    "write",
]
