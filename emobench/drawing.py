"""One figure of one result: the confusion matrix, and precision and recall of every class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.figures import DARK
from emobench.leaderboard.text import NONE

if TYPE_CHECKING:
    import pandas as pd


def draw(confusion: pd.DataFrame, per_class: pd.DataFrame, title: str) -> Any:
    """Return a ``matplotlib.figure.Figure``.

    Args:
        confusion: (k, k) counts; rows are true classes, columns predicted ones.
        per_class: k rows with ``precision`` and ``recall`` in [0, 1], and ``support``.
        title: of the figure.

    Raises:
        EmobenchError: matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise EmobenchError("matplotlib is not installed", remedy="pip install 'emobench[plot]'") from error
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    pyplot.close(figure)  # whoever asked for it shows it; a notebook would show it twice
    figure.suptitle(title)
    _draw_confusion(left, confusion)
    _draw_classes(right, per_class, confusion.sum(axis=0))
    return figure


def _draw_confusion(axes: Any, confusion: pd.DataFrame) -> None:
    counts = confusion.to_numpy()
    # A row's colours are shares of its class: a frequent class would drown the others.
    shares = counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    places = range(len(confusion))
    axes.set_xticks(places, confusion.columns, rotation=45, ha="right")
    axes.set_yticks(places, confusion.index)
    axes.set(xlabel="predicted", ylabel="true", title="confusion matrix (samples; colour by row)")
    for row in places:
        for column in places:
            colour = "white" if shares[row, column] > DARK else "black"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)


def _draw_classes(axes: Any, per_class: pd.DataFrame, predicted: pd.Series[int]) -> None:
    places = range(len(per_class))
    for name, shift, over in (("recall", -0.2, per_class["support"]), ("precision", 0.2, predicted)):
        bars = axes.barh([place + shift for place in places], per_class[name], height=0.4, label=name)
        # A score over no samples is not 0: it is none.
        axes.bar_label(bars, ["" if n else NONE for n in over], padding=3)
    axes.set_yticks(places, [f"{name} ({support})" for name, support in per_class["support"].items()])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), title="by class (number of samples)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)
