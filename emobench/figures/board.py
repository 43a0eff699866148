"""The figure of a task: its rows with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.boards import BoardTask
from emobench.figures.style import BLUE, ORANGE, new_figure
from emobench.records import RANKED_BY, metric_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABEL = 45
"""Labels of rows are cut to so many characters."""


def intervals(task: BoardTask, title: str) -> Figure:
    """Return the rows of a task with their intervals on one scale, tiers apart, and what papers print."""
    found = [
        (row, row.headline.metrics[RANKED_BY])
        for row in task.rows
        if row.headline and RANKED_BY in row.headline.metrics
    ]
    rows = [row for row, _ in found]
    figure = new_figure(8.5, 1.8 + 0.45 * len(rows), title)
    axes = figure.subplots()
    labels = []
    for place, (row, value) in enumerate(found):
        height = -place
        interval = task.intervals(row).get(RANKED_BY)
        if interval is not None and interval.known:
            axes.plot([interval.low, interval.high], [height, height], color=BLUE, linewidth=5, alpha=0.4)
        axes.plot([value], [height], "|", color="black", markersize=13, markeredgewidth=2)
        known = interval is None or interval.known
        said = f"{value:.4f}" if known else f"{value:.4f}, interval unknown"
        axes.annotate(said, (value, height), (0, 9), textcoords="offset points", ha="center", fontsize=7.5)
        for score in row.published:
            if score.metric == RANKED_BY:
                axes.plot([score.published], [height], "D", color=ORANGE, markerfacecolor="white")
        if place and row.rank != rows[place - 1].rank:
            axes.axhline(0.5 - place, color="0.55", linewidth=1)
        labels.append(f"{row.rank}.  {_shortened(row.cell.experiment)}, seed {row.cell.identity.seed}")
    axes.set_yticks([-place for place in range(len(rows))], labels, parse_math=False)
    axes.set_ylim(-len(rows) + 0.4, 0.75)
    axes.margins(x=0.08)
    axes.grid(axis="x", color="0.88")
    axes.set_xlabel(f"{metric_title(RANKED_BY)} on {task.headline}")
    printed = any(score.metric == RANKED_BY for row in rows for score in row.published)
    diamond = "; diamond: as printed" if printed else ""
    figure.supxlabel(f"bar: 95% interval; line between rows: another tier{diamond}", fontsize=8, color="0.3")
    return figure


def _shortened(name: str) -> str:
    return name if len(name) <= LABEL else f"{name[: LABEL - 1].rstrip()}…"
