"""What a row says of itself."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest

from emobench.boards.board import Board
from emobench.boards.csv import render_csv
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.contracts.model import Epoch
from tests.support import kinds
from tests.support.boards import weighted
from tests.support.factories import CLASSES, cell, identity, record, scores
from tests.support.kinds import AFFECT, VOTES, told, values_table, votes_table


def test_weights_of_a_member_that_is_not_on_the_board_go_by_its_cell() -> None:
    (first, second), fused = weighted({"weights": [1, 2]})
    row = next(row for task in build_board([second, fused]).tasks for row in task.rows if row.cell.experiment == "both")
    assert row.weights == f"weights {first.cell.id} 1.000, sound 2.000"


def test_a_row_tells_how_training_failed_once_and_in_every_format() -> None:
    made = scores()["test"]
    one_class = made.model_copy(update={"confusion": tuple((0, sum(line), 0) for line in made.confusion)})
    epochs = (Epoch(1, 2, 1.2, 0.3, {}, 1.0), Epoch(2, 2, 4e14, 0.3, {}, 1.0))
    trained = record(cell("net"), scores={"test": one_class}, history=epochs)
    applied = record(cell("blank", what=identity(trained="0123456789abcdef")), scores={"test": one_class})
    made_board = build_board([trained, applied])
    rows = {row.cell.experiment: row for task in made_board.tasks for row in task.rows}
    assert [fault.kind for fault in rows["net"].training_faults] == ["diverged", "constant", "chance"]
    assert rows["blank"].training_faults == ()
    assert rows["blank"].failings == (f"every prediction is {CLASSES[1]}",)
    said = "; ".join(rows["net"].failings)
    assert said.count("every prediction is") == 1
    assert said in render_markdown(made_board, title="")
    assert said in render_html(made_board, title="")
    table = pd.read_csv(io.StringIO(render_csv(made_board))).set_index("experiment")
    assert table.loc["net", "training_faults"] == said
    assert table["training_faults"].isna().tolist() == [one != "net" for one in table.index]
    assert table["constant"].tolist() == [CLASSES[1]] * 2
    read = {row["cell"]["experiment"]: row for row in _json_rows(made_board)}
    assert [fault["kind"] for fault in read["net"]["training_faults"]] == ["diverged", "constant", "chance"]
    assert read["net"]["training_faults"][0]["loss"] == 4e14
    assert (read["blank"]["training_faults"], read["blank"]["constant"]) == ([], CLASSES[1])


def _json_rows(board: Board) -> list[dict[str, Any]]:
    rows = [row for task in json.loads(render_json(board))["tasks"] for row in task["rows"]]
    return [row | {"cell": row["record"]["cell"]} for row in rows]


def test_the_fault_of_a_fold_is_on_the_row() -> None:
    made = scores()["test"]
    one_class = made.model_copy(update={"confusion": tuple((0, sum(line), 0) for line in made.confusion)})
    fold = record(cell("net/B", fold="B"), scores={"test": one_class})
    pooled = record(cell("net", what=identity(folds=(fold.cell.id,))))
    (row,) = (row for task in build_board([pooled, fold]).tasks for row in task.rows)
    assert row.failings == (f"fold B: every prediction is {CLASSES[1]}",)


def test_no_constant_answer_agrees_with_values() -> None:
    (task,) = kinds.board(told("mlp", AFFECT, values_table(0.5))).tasks
    assert (task.chance_of("ccc"), task.chance_of("rmse"), task.chance) == (0.0, None, None)


def test_votes_have_the_chance_of_classes_and_a_human_ceiling() -> None:
    (task,) = kinds.board(told("mlp", VOTES, votes_table(0.5))).tasks
    assert task.chance_of("balanced_accuracy") == pytest.approx(1 / 3)
    assert task.human is not None
    assert 0 < task.human.human["accuracy"] < 1


def test_a_published_ccc_differs_by_no_points() -> None:
    row = kinds.only(kinds.board(told("mlp", AFFECT, values_table(0.5), published={"ccc": 0.5})))
    (score,) = row.published
    assert score.points is None
    assert score.difference == pytest.approx(row.headline.metrics["ccc"] - 0.5)  # type: ignore[union-attr]
