"""The figures of a board show every record where it is, on axes that are the same everywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emobench.boards import Board, build_board
from emobench.figures import board, compared, dumbbell, intervals, published
from emobench.records.record import Record
from tests.support import kinds
from tests.support.boards import board as board_of
from tests.support.boards import chance, first, made, table
from tests.support.drawn import NAMES, NET, SCORES
from tests.support.factories import cell, failed, sha256
from tests.support.html_boards import METRICS
from tests.support.kinds import AFFECT, told, values_table

PRINTED = 0.65


def changed(one: Record, **changes: object) -> Record:
    return one.model_copy(update={"cell": one.cell.model_copy(update=changes)})


def papers() -> Board:
    """Three rows with a published accuracy, of which one failed, one with too few samples, and one without."""
    rows = [made(f"net-{seed}", table(chance(0.6, seed)), seed=seed) for seed in range(3)]
    few = made("few", table(first(0.5, n=12)), dataset="tiny", content=sha256("tiny"))
    rows = [(changed(one, published={"accuracy": PRINTED}), said) for one, said in [*rows[:2], few]] + rows[2:]
    broken = failed(cell("broken", published={"accuracy": PRINTED}))
    return build_board(
        [*(one for one, _ in rows), broken], predictions={one.cell.id: said for one, said in rows}, metrics=METRICS
    )


def premiums(content: str = "content of faces") -> Board:
    """A leaky split and the same with people apart, on the same samples or on others."""
    leaky, apart = table(first(0.9), groups=12), table(first(0.6), groups=12)
    one, said = made("clips", leaky, split={"test": sha256("clips")})
    one = changed(one, leaky=True)
    other, their = made("people", apart, split={"test": sha256("people")}, content=sha256(content))
    other = changed(other, counterpart="clips", beside=one.cell.id)
    return board_of((one, said), (other, their))


def names(of: Board) -> dict[str, str]:
    return {record.cell.id: f"Name of {record.cell.experiment}" for record in of.records}


def marks(axes: Axes, mark: str) -> list[float]:
    return [float(np.asarray(line.get_xdata())[0]) for line in axes.lines if line.get_marker() == mark]


def dotted(axes: Axes) -> list[float]:
    return [float(np.asarray(line.get_xdata())[0]) for line in axes.lines if line.get_linestyle() == ":"]


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def assert_from_0_to_100(figure: Figure) -> None:
    (axes,) = figure.axes
    assert axes.get_xlim() == pytest.approx((0, 1), abs=0.011)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "20", "40", "60", "80", "100"]
    assert axes.get_xlabel().endswith(", %")


def test_intervals_have_a_mark_a_row_by_name_on_fixed_axes_with_chance() -> None:
    of = papers()
    task = next(task for task in of.tasks if task.dataset == "faces")
    figure = intervals(task, names(of), "")
    assert_from_0_to_100(figure)
    (axes,) = figure.axes
    scored = [row for row in task.rows if row.headline]
    assert len(marks(axes, "|")) == len(scored) == 3
    assert len(marks(axes, "D")) == sum(bool(row.published) for row in scored) == 2
    assert task.chance is not None
    assert dotted(axes) == [task.chance.accuracy]
    assert all("Name of net-" in label for label in labels(figure))
    assert figure.get_suptitle() == ""


def test_published_has_a_diamond_a_record_and_a_circle_where_something_was_measured() -> None:
    of = papers()
    figure = published(of, names(of), "")
    assert_from_0_to_100(figure)
    (axes,) = figure.axes
    assert marks(axes, "D") == [PRINTED] * len(compared(of)) == [PRINTED] * 3
    measured = [score.measured for _, _, score in compared(of) if score.measured is not None]
    assert marks(axes, "o") == measured
    assert len(measured) == 2
    assert len(labels(figure)) == 3
    assert "failed" in [text.get_text() for text in axes.texts]
    assert "1 with fewer than 30 samples" in " ".join(figure.get_supxlabel().split())


def test_a_dumbbell_is_as_long_as_its_premium() -> None:
    of = premiums()
    (pair,) = of.premiums
    figure = dumbbell(of, names(of), "")
    assert_from_0_to_100(figure)
    (axes,) = figure.axes
    (leaky,), (apart,) = marks(axes, "s"), marks(axes, "o")
    assert "the line at it: square minus the 95% interval" in " ".join(figure.get_supxlabel().split())
    assert pair.points is not None
    assert 100 * (leaky - apart) == pytest.approx(pair.points)
    assert labels(figure) == ["Name of clips"]
    assert axes.texts[0].get_text().startswith(f"+{pair.points:.1f} [+")
    assert [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"] != ["none"]


def test_a_dumbbell_of_other_samples_is_hollow_and_untested() -> None:
    of = premiums("other content")
    (pair,) = of.premiums
    (axes,) = dumbbell(of, names(of), "").axes
    assert marks(axes, "o") == [pair.other_value]
    assert [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"] == ["none"]
    assert "[" not in axes.texts[0].get_text()


def test_stand_ins_are_marked_and_the_mark_is_explained() -> None:
    one, said = made("net", table(chance(0.6, 1)))
    of = board_of((changed(one, provenance="stand-in", published={"accuracy": PRINTED}), said))
    figure = published(of, names(of), "")
    assert labels(figure) == ["Name of net\u2021"]
    assert "\u2021: stand-in data" in figure.get_supxlabel()


def test_a_row_of_one_class_is_called_so() -> None:
    said = table(first(0.5))
    one_class = said.assign(prediction=said["label"].iloc[0])
    for column in [str(name) for name in said.columns if str(name).startswith("p_")]:
        one_class[column] = np.float32(column == f"p_{said['label'].iloc[0]}")
    one, _ = made("constant", one_class)
    of = board_of((changed(one, published={"accuracy": PRINTED}), one_class))
    figure = published(of, names(of), "")
    assert figure.axes[0].texts[0].get_text().endswith(", one class")


def test_names_of_many_lines_do_not_overlap() -> None:
    of = papers()
    long = {key: " ".join(40 * ["word"]) for key in names(of)}
    figure = published(of, long, "", 3.5)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_yticklabels()]
    assert all(above.y0 > below.y1 for above, below in itertools.pairwise(boxes))


def test_intervals_are_drawn_where_they_are(board: Board) -> None:
    (task,) = board.tasks
    assert task.uncertainty is not None
    known = task.uncertainty.intervals[NET.cell.id]["accuracy"]
    lines = [np.asarray(line.get_xdata()).tolist() for line in intervals(task, NAMES, "").axes[0].lines]
    assert [known.low, known.high] in lines
    assert [SCORES.metrics["accuracy"]] in lines
    assert [0.5] in lines


def test_intervals_of_values_are_not_from_0_to_100() -> None:
    (task,) = kinds.board(told("mlp", AFFECT, values_table(3.0), ranked_by="rmse")).tasks
    names = {row.cell.id: "mlp" for row in task.rows}
    (axes,) = board.intervals(task, names, "").axes
    assert axes.get_xlim()[1] > 1.01
    assert axes.get_xlabel() == "RMSE on test"
