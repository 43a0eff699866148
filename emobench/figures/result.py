"""Figures of one result: confusion matrix, classes, calibration, true against predicted values, training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench.boards import NONE
from emobench.contracts import Range, Target
from emobench.figures.style import BLUE, DARK, GREEN, ORANGE, new_figure, points, scale
from emobench.records import Record, Scores, metric_title
from emobench.scoring import BINS, Bin, calibration_error

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

MANY = 2000
"""More points than this are a picture in a PDF or SVG, which would be slow to show otherwise."""


def plot_result(scores: Scores, title: str) -> Figure:
    """Return the confusion matrix and the bars of every class in one figure.

    Raises:
        EmobenchError: matplotlib is not installed.
    """
    figure = new_figure(11, 5, title)
    left, right = figure.subplots(1, 2)
    _draw_confusion(left, scores)
    _draw_classes(right, scores)
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, frameon=False)
    return figure


def confusion(scores: Scores, title: str, width: float | None = None) -> Figure:
    """Return a heat map of the confusion matrix: numbers, coloured by their share of the true class.

    Here and below, ``width`` is in inches; of what the texts need by default.
    """
    width = width or max(5.2, 2.8 + 0.75 * len(scores.per_class))
    figure = new_figure(width, max(width - 1, 0.85 * width), title)
    axes = figure.subplots()
    image = _draw_confusion(axes, scores)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    return figure


def _draw_confusion(axes: Axes, scores: Scores) -> AxesImage:
    import numpy as np

    labels = [score.label for score in scores.per_class]
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
            fontsize=points(9),
            fontweight="bold" if truth == predicted else "normal",
        )
    axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right", parse_math=False)
    axes.set_yticks(range(len(labels)), labels, parse_math=False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.spines[:].set_visible(False)
    return image


def classes(scores: Scores, title: str, width: float = 7) -> Figure:
    """Return bars of precision, recall and F1 of each class, and its support after its name.

    A score over no samples (a class without samples, precision where nothing was predicted) has no bar and a dash.
    """
    figure = new_figure(width, (1.6 + 0.75 * len(scores.per_class)) * scale(), title)
    axes = figure.subplots()
    _draw_classes(axes, scores)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _draw_classes(axes: Axes, scores: Scores) -> None:
    shown = scores.per_class[::-1]  # the first class on top
    styles = (("precision", BLUE, ""), ("recall", ORANGE, "//"), ("f1", GREEN, ".."))
    for place, (name, colour, hatch) in enumerate(styles):
        over = [score.predicted if name == "precision" else score.support for score in shown]
        values = [getattr(score, name) if n else 0.0 for score, n in zip(shown, over, strict=True)]
        texts = [f"{value:.2f}" if n else NONE for value, n in zip(values, over, strict=True)]
        heights = [row + 0.27 * (1 - place) for row in range(len(shown))]
        label = "F1" if name == "f1" else name
        bars = axes.barh(heights, values, height=0.25, color=colour, hatch=hatch, edgecolor="white", label=label)
        axes.bar_label(bars, texts, padding=3 * scale(), fontsize=points(8))
    labels = [f"{score.label}\nn {score.support:,}" for score in shown]
    axes.set_yticks(range(len(shown)), labels, parse_math=False)
    axes.set_xlim(0, 1.08)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.set_xlabel("score")
    axes.grid(axis="x", color="0.88")


def reliability(bins: Sequence[Bin], title: str, width: float = 5.6) -> Figure:
    """Return a reliability diagram over the number of samples of each bin."""
    figure = new_figure(width, width + 0.4, title)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    middle, width = [(each.low + each.high) / 2 for each in bins], 1 / BINS
    top.bar(middle, [each.accuracy for each in bins], width=0.94 * width, color=BLUE, alpha=0.35, label="accuracy")
    top.plot([0, 1], [0, 1], "--", color="0.4", label="ideal")
    top.plot([each.confidence for each in bins], [each.accuracy for each in bins], "o-", color=ORANGE, label="bins")
    top.set_ylabel("accuracy")
    top.set_ylim(0, 1.02)
    top.legend(loc="upper left", frameon=False)
    top.text(0.98, 0.04, f"ECE {calibration_error(bins):.4f}", transform=top.transAxes, ha="right", fontweight="bold")
    bottom.bar(middle, [each.n for each in bins], width=0.94 * width, color=BLUE)
    bottom.set_ylabel("samples")
    bottom.set_xlabel("probability of the predicted class")
    bottom.set_xlim(0, 1)
    return figure


def scatter(
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    target: Target,
    scores: Scores,
    title: str,
    width: float = 0,
) -> Figure:
    """Return true against predicted values, with axes for each dimension.

    Args:
        truth: (n, d) values.
        predicted: (n, d) values.
        target: names and ranges of the d dimensions.
        scores: of these predictions; CCC and RMSE of each dimension are written in its axes.
        title: of the figure.
        width: in inches; of what the dimensions need by default.
    """
    import numpy as np

    across = min(len(target.names), 3)
    down = math.ceil(len(target.names) / across)
    width = width or max(4.6, 3.9 * across)
    figure = new_figure(width, (width / across + 0.15) * down + 0.5 * bool(title), title)
    every = np.ravel(figure.subplots(down, across, squeeze=False))
    for place, (axes, name) in enumerate(zip(every, target.names, strict=False)):
        ends = target.ranges[place] if target.ranges else None
        _draw_values(axes, truth[:, place], predicted[:, place], ends)
        axes.set_title(name, fontsize=points(10), parse_math=False)
        axes.text(0.03, 0.97, _agreement(scores, name), transform=axes.transAxes, va="top", fontsize=points(8.5))
    for axes in every[len(target.names) :]:
        axes.set_visible(False)
    return figure


def _draw_values(axes: Axes, truth: NDArray[np.float64], predicted: NDArray[np.float64], ends: Range) -> None:
    """Draw one dimension on two equal axes, which show its whole range and every point."""
    known = [float(value) for each in (truth, predicted) for value in (each.min(), each.max())] + list(ends or ())
    low, high = min(known), max(known)
    room = 0.04 * (high - low) or 1.0
    axes.plot([low, high], [low, high], "--", color="0.4", linewidth=scale(), zorder=1)
    # Thousands of points are seen as a cloud, a few one by one.
    alpha = min(0.8, max(0.08, 12 / math.sqrt(len(truth) + 1)))
    axes.scatter(truth, predicted, s=14 * scale(), color=BLUE, alpha=alpha, linewidths=0, rasterized=len(truth) > MANY)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(low - room, high + room)
    axes.set_aspect("equal")
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
    axes.grid(color="0.88")


def _agreement(scores: Scores, name: str) -> str:
    """Return CCC and RMSE of a dimension, a line each; of a single one they are those of the part."""
    found = {metric: scores.metrics.get(f"{metric}.{name}", scores.metrics.get(metric)) for metric in ("ccc", "rmse")}
    return "\n".join(f"{metric_title(metric)} {value:.3f}" for metric, value in found.items() if value is not None)


def training(record: Record, title: str, width: float = 9) -> Figure:
    """Return the training loss, and beside it the scores in training and on the validation part, by epoch."""
    from matplotlib.ticker import MaxNLocator

    epochs = [epoch.number for epoch in record.history]
    accuracy = [epoch.accuracy for epoch in record.history if epoch.accuracy is not None]
    if not accuracy:
        return _training_of_values(record, title, width)
    figure = new_figure(width, max(width * 4 / 9, 2.2), title)
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [epoch.loss for epoch in record.history], "o-", color=BLUE)
    left.set_ylabel("training loss")
    left.set_ylim(bottom=0)
    if len(accuracy) == len(epochs):
        right.plot(epochs, accuracy, "o-", color=BLUE, label="accuracy in training")
    names = dict.fromkeys(name for epoch in record.history for name in epoch.validation)
    for name, style in zip(names, ("s--", "^:", "d-.", "v--"), strict=False):
        values = [epoch.validation.get(name) for epoch in record.history]
        if all(value is None or 0 <= value <= 1 for value in values):
            shown = [float("nan") if value is None else value for value in values]
            right.plot(epochs, shown, style, label=f"{metric_title(name)}, validation")
    right.set_ylabel("score")
    right.set_ylim(0, 1.02)
    right.legend(frameon=False, fontsize=points(9), handlelength=1.5)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="0.88")
    return figure


def _training_of_values(record: Record, title: str, width: float) -> Figure:
    """Return the loss by epoch, and beside it what validation has in [-1, 1], such as CCC, if anything."""
    from matplotlib.ticker import MaxNLocator

    epochs = [epoch.number for epoch in record.history]
    names = dict.fromkeys(name for epoch in record.history for name in epoch.validation)
    measured = {name: [epoch.validation.get(name) for epoch in record.history] for name in names}
    curves = {
        name: [math.nan if value is None else value for value in values]
        for name, values in measured.items()
        if name != "loss" and all(value is None or -1 <= value <= 1 for value in values)
    }
    figure = new_figure(width if curves else 0.55 * width, max(width * 4 / 9, 2.2), title)
    left, *right = figure.subplots(1, 2 if curves else 1, squeeze=False)[0]
    left.plot(epochs, [epoch.loss for epoch in record.history], "o-", color=BLUE)
    left.set_ylabel("training loss")
    for axes in right:
        for (name, values), style in zip(curves.items(), ("s--", "^:", "d-.", "v--"), strict=False):
            axes.plot(epochs, values, style, label=f"{metric_title(name)}, validation")
        axes.set_ylabel("score")
        axes.set_ylim(-1.02 if any(value < 0 for values in curves.values() for value in values) else 0, 1.02)
        axes.legend(frameon=False, fontsize=points(9), handlelength=1.5)
    for axes in (left, *right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="0.88")
    return figure
