"""The board as JSON."""

from __future__ import annotations

import json

from emobench.boards.json import render_json
from emobench.boards.ranking import build_board
from emobench.records.record import Record
from tests.support.boards import MISSING, several
from tests.support.factories import record
from tests.support.kinds import AFFECT, told, values_table


def test_json_reads_back() -> None:
    records = several()
    content = json.loads(render_json(build_board(records, MISSING)))
    assert content["schema_version"] == 2
    rows = [row for task in content["tasks"] for row in task["rows"]]
    by_cell = {one.cell.id: one for one in records}
    assert len(rows) == len(records)
    for row in rows:
        again = Record.model_validate(row["record"])
        original = by_cell[again.cell.id]
        assert again.model_copy(update={"failure": None}) == original.model_copy(update={"failure": None})
        assert again.cell.identity.id == again.cell.id
    assert [one["experiment"] for one in content["missing"]] == ["a-corpus", "huge-net"]


def test_a_task_has_a_target_where_it_is_no_class() -> None:
    of_classes, of_values = (
        json.loads(render_json(build_board(rows)))["tasks"][0]
        for rows in ([record()], [told("mlp", AFFECT, values_table(0.5))[0]])
    )
    assert "target" not in of_classes
    assert (of_values["target"]["kind"], of_values["target"]["ranges"]) == ("values", [[1.0, 7.0], None])
