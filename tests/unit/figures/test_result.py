"""Figures of a result: counts, scores and dashes."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from matplotlib.patches import Rectangle

from emobench.contracts import Epoch
from emobench.figures import result
from emobench.scoring.outcomes import outcomes
from tests.support.drawn import SCORES, TABLE
from tests.support.factories import CLASSES
from tests.support.html_boards import METRICS
from tests.support.kinds import AFFECT, told, values_table
from tests.support.scores import score_part


def test_every_count_of_the_matrix_is_on_the_figure() -> None:
    figure = result.confusion(SCORES, "")
    shown = [text.get_text().split("\n")[0] for text in figure.axes[0].texts]
    assert shown == [f"{n:,}" for n in itertools.chain(*SCORES.confusion)]


def test_bars_are_as_long_as_the_scores() -> None:
    patches = result.classes(SCORES, "").axes[0].patches
    lengths = [bar.get_width() for bar in patches if isinstance(bar, Rectangle)]
    shown = SCORES.per_class[::-1]
    assert lengths == pytest.approx([getattr(one, name) for name in ("precision", "recall", "f1") for one in shown])


def test_scores_over_no_samples_are_dashes(tmp_path: Path) -> None:
    table = TABLE[TABLE["label"] != CLASSES[0]]
    (bars, *_) = result.classes(score_part(table, CLASSES, METRICS.values()), "").axes
    assert [text.get_text() for text in bars.texts].count("–") == 2  # recall and F1; it is predicted, if wrongly


def test_a_scatter_has_axes_for_each_dimension_with_its_scores() -> None:
    made, table = told("mlp", AFFECT, values_table(0.5))
    found = outcomes(table, AFFECT.names)
    assert found.numbers is not None
    figure = result.scatter(found.numbers, found.predicted, AFFECT, made.scores["test"], "")
    assert [axes.get_title() for axes in figure.axes] == ["valence", "arousal"]
    assert f"CCC {made.scores['test'].metrics['ccc.valence']:.3f}" in figure.axes[0].texts[0].get_text()


def test_training_of_values_has_no_accuracy() -> None:
    made, _ = told("mlp", AFFECT, values_table(0.5))
    epochs = tuple(Epoch(n, 2, 1.0 / n, None, {"ccc": -0.1 * n, "loss": 0.5}, 0.1) for n in (1, 2))
    figure = result.training(made.model_copy(update={"history": epochs}), "")
    legend = figure.axes[1].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["CCC, validation"]
    assert figure.axes[1].get_ylim()[0] < -0.2
