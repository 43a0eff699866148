"""What a row says of itself."""

from __future__ import annotations

from emobench.boards.ranking import build_board
from tests.support.boards import weighted


def test_weights_of_a_member_that_is_not_on_the_board_go_by_its_cell() -> None:
    (first, second), fused = weighted({"weights": [1, 2]})
    row = next(row for task in build_board([second, fused]).tasks for row in task.rows if row.cell.experiment == "both")
    assert row.weights == f"weights {first.cell.id} 1.000, sound 2.000"
