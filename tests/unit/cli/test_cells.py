"""Cells by what a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.cli._cells import named
from emobench.errors import EmobenchError
from tests.support.factories import cell, identity, record

CELLS = [
    (Path("runs"), record(cell(name, suite=suite, what=identity(seed=seed))))
    for name, suite, seed in (("net", "b", 1), ("net", "a", 2), ("other", "a", 3))
]


def test_an_experiment_is_all_its_cells_in_the_order_of_suites() -> None:
    assert [one.cell.suite for _, one in named("net", CELLS, Path("runs"))] == ["a", "b"]


def test_the_beginning_of_an_id_is_enough() -> None:
    wanted = CELLS[2]
    assert named(wanted[1].cell.id[:12], CELLS, Path("runs")) == [wanted]


@pytest.mark.parametrize("name", ["nett", ""])
def test_what_is_not_there_is_answered_with_the_nearest(name: str) -> None:
    with pytest.raises(EmobenchError, match=f"runs: no cell '{name}'") as caught:
        named(name, CELLS, Path("runs"))
    if name:
        assert "'net'" in str(caught.value.remedy)
