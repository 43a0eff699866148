"""The figures of the HTML board as files, drawn by matplotlib (``pip install 'emobench[plot]'``).

Every function returns a :class:`matplotlib.figure.Figure` that belongs to no window and no global state. Colours are those
of Okabe and Ito, which people with any of the common kinds of colour blindness tell apart; nothing is said by colour alone.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.leaderboard.metric_names import RANKED_BY, metric_title
from emobench.leaderboard.model import BoardTask, Row
from emobench.leaderboard.text import NONE
from emobench.records import Record, Scores
from emobench.scoring import BINS, Bin, calibration_error
from emobench.storage import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

FORMATS = ("png", "svg")
DPI = 150
"""Dots per inch of a PNG."""

LABEL = 45
"""Labels of rows are cut to so many characters."""

DARK = 0.715
"""From this share on a field of the confusion matrix is dark enough for white numbers to have a contrast of 4.5 to 1."""

BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
_STYLE: Any = {  # matplotlib types the keys as literals
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.fonttype": "none",  # texts stay texts
    "svg.hashsalt": "emobench",  # the same figure, the same bytes
}


def write(draw: Callable[[], Figure], stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Draw a figure and write it as ``<stem>.<format>``, the same bytes for the same figure.

    Args:
        draw: makes the figure.
        stem: path without the ending; its folder is made.
        formats: some of :data:`FORMATS`.

    Raises:
        EmobenchError: matplotlib is not installed, or the files cannot be written.
    """
    mpl = _matplotlib()
    files = [stem.with_name(f"{stem.name}.{form}") for form in formats]
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # A name in a script that the font lacks is boxes in a PNG and whole in an SVG; a line for each letter helps nobody.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        figure = draw()
        for file, form in zip(files, formats, strict=True):
            metadata: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
            with atomic(file) as target:
                figure.savefig(target, format=form, dpi=DPI, metadata=metadata)
    return files


# ----------------------------------------------------------------------------------------------------- one result


def result(scores: Scores, title: str) -> Figure:
    """Return the confusion matrix and the bars of every class in one figure.

    Raises:
        EmobenchError: matplotlib is not installed.
    """
    figure, axes = _axes(11, 5, title)
    axes.remove()
    left, right = figure.subplots(1, 2)
    _draw_confusion(left, scores)
    _draw_classes(right, scores)
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, frameon=False)
    return figure


def confusion(scores: Scores, title: str) -> Figure:
    """Return a heat map of the confusion matrix: numbers, coloured by their share of the true class."""
    size = max(4.2, 1.8 + 0.75 * len(scores.per_class))
    figure, axes = _axes(size + 1, size, title)
    image = _draw_confusion(axes, scores)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    return figure


def _draw_confusion(axes: Axes, scores: Scores) -> AxesImage:
    import numpy as np

    labels = [one.label for one in scores.per_class]
    counts = np.asarray(scores.confusion)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (truth, predicted), n in np.ndenumerate(counts):
        share = shares[truth, predicted]
        axes.text(
            predicted,
            truth,
            f"{n:,}\n{100 * share:.0f}%",
            ha="center",
            va="center",
            color="white" if share > DARK else "black",
            fontsize=9,
            fontweight="bold" if truth == predicted else "normal",
        )
    axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right", parse_math=False)
    axes.set_yticks(range(len(labels)), labels, parse_math=False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.spines[:].set_visible(False)
    return image


def classes(scores: Scores, title: str) -> Figure:
    """Return bars of precision, recall and F1 of each class, with its support beside its name.

    A score over no samples (a class without samples, precision where nothing was predicted) has no bar and a dash.
    """
    figure, axes = _axes(7, 1.6 + 0.75 * len(scores.per_class), title)
    _draw_classes(axes, scores)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _draw_classes(axes: Axes, scores: Scores) -> None:
    shown = scores.per_class[::-1]  # the first class on top
    styles = (("precision", BLUE, ""), ("recall", ORANGE, "//"), ("f1", GREEN, ".."))
    for place, (name, colour, hatch) in enumerate(styles):
        over = [one.predicted if name == "precision" else one.support for one in shown]
        values = [getattr(one, name) if n else 0.0 for one, n in zip(shown, over, strict=True)]
        texts = [f"{value:.2f}" if n else NONE for value, n in zip(values, over, strict=True)]
        heights = [each + 0.27 * (1 - place) for each in range(len(shown))]
        label = "F1" if name == "f1" else name
        bars = axes.barh(heights, values, height=0.25, color=colour, hatch=hatch, edgecolor="white", label=label)
        axes.bar_label(bars, texts, padding=3, fontsize=8)
    axes.set_yticks(range(len(shown)), [f"{one.label}\nn {one.support:,}" for one in shown], parse_math=False)
    axes.set_xlim(0, 1.08)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.set_xlabel("score")
    axes.grid(axis="x", color="0.88")


def reliability(bins: Sequence[Bin], title: str) -> Figure:
    """Return a reliability diagram over the number of samples of each bin."""
    figure, axes = _axes(5.6, 6, title)
    axes.remove()
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    middle, width = [(one.low + one.high) / 2 for one in bins], 1 / BINS
    top.bar(middle, [one.accuracy for one in bins], width=0.94 * width, color=BLUE, alpha=0.35, label="share right")
    top.plot([0, 1], [0, 1], "--", color="0.4", label="as sure as right")
    top.plot([one.confidence for one in bins], [one.accuracy for one in bins], "o-", color=ORANGE, label="bins")
    top.set_ylabel("share that is right")
    top.set_ylim(0, 1.02)
    top.legend(loc="upper left", frameon=False)
    top.text(0.98, 0.04, f"ECE {calibration_error(bins):.4f}", transform=top.transAxes, ha="right", fontweight="bold")
    bottom.bar(middle, [one.n for one in bins], width=0.94 * width, color=BLUE)
    bottom.set_ylabel("samples")
    bottom.set_xlabel("probability of the predicted class")
    bottom.set_xlim(0, 1)
    return figure


def training(record: Record, title: str) -> Figure:
    """Return the training loss, and beside it the scores in training and on the validation part, by epoch."""
    from matplotlib.ticker import MaxNLocator

    epochs = [epoch.number for epoch in record.history]
    figure, axes = _axes(9, 4, title)
    axes.remove()
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [epoch.loss for epoch in record.history], "o-", color=BLUE)
    left.set_ylabel("training loss")
    left.set_ylim(bottom=0)
    right.plot(epochs, [epoch.accuracy for epoch in record.history], "o-", color=BLUE, label="accuracy in training")
    names = dict.fromkeys(name for epoch in record.history for name in epoch.validation)
    for name, style in zip(names, ("s--", "^:", "d-.", "v--"), strict=False):
        values = [epoch.validation.get(name) for epoch in record.history]
        if all(value is None or 0 <= value <= 1 for value in values):
            shown = [float("nan") if value is None else value for value in values]
            right.plot(epochs, shown, style, label=f"{metric_title(name)}, validation")
    right.set_ylabel("score")
    right.set_ylim(0, 1.02)
    right.legend(frameon=False)
    for one in (left, right):
        one.set_xlabel("epoch")
        one.xaxis.set_major_locator(MaxNLocator(integer=True))
        one.grid(color="0.88")
    return figure


# ------------------------------------------------------------------------------------------------------- a task


def intervals(task: BoardTask, title: str) -> Figure:
    """Return the rows of a task with their intervals on one scale, tiers apart, and what papers print."""
    rows = [row for row in task.rows if row.headline and RANKED_BY in row.headline.metrics]
    figure, axes = _axes(8.5, 1.8 + 0.45 * len(rows), title)
    labels = []
    for place, row in enumerate(rows):
        value, height = _value(row), -place
        interval = task.intervals(row).get(RANKED_BY)
        if interval is not None and interval.known:
            axes.plot([interval.low, interval.high], [height, height], color=BLUE, linewidth=5, alpha=0.4)
        axes.plot([value], [height], "|", color="black", markersize=13, markeredgewidth=2)
        known = interval is None or interval.known
        said = f"{value:.4f}" if known else f"{value:.4f}, interval unknown"
        axes.annotate(said, (value, height), (0, 9), textcoords="offset points", ha="center", fontsize=7.5)
        for one in row.published:
            if one.metric == RANKED_BY:
                axes.plot([one.published], [height], "D", color=ORANGE, markerfacecolor="white")
        if place and row.rank != rows[place - 1].rank:
            axes.axhline(0.5 - place, color="0.55", linewidth=1)
        labels.append(f"{row.rank}.  {_cut(row.cell.experiment)}, seed {row.cell.identity.seed}")
    axes.set_yticks([-place for place in range(len(rows))], labels, parse_math=False)
    axes.set_ylim(-len(rows) + 0.4, 0.75)
    axes.margins(x=0.08)
    axes.grid(axis="x", color="0.88")
    axes.set_xlabel(f"{metric_title(RANKED_BY)} on {task.headline}")
    printed = any(one.metric == RANKED_BY for row in rows for one in row.published)
    diamond = "; diamond: as printed" if printed else ""
    figure.supxlabel(f"bar: 95% interval; line between rows: another tier{diamond}", fontsize=8, color="0.3")
    return figure


def _value(row: Row) -> float:
    return row.headline.metrics[RANKED_BY] if row.headline else float("nan")


def _matplotlib() -> ModuleType:
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise EmobenchError("figures need matplotlib", remedy="pip install 'emobench[plot]'") from error
    return mpl


def _axes(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    lines = [textwrap.fill(line, int(12 * width)) for line in title.splitlines()]
    figure.suptitle("\n".join(lines), fontsize=11, parse_math=False)  # a name with two $ is no formula
    return figure, figure.add_subplot()


def _cut(name: str) -> str:
    return name if len(name) <= LABEL else f"{name[: LABEL - 1].rstrip()}…"
