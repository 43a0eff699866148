"""The combinations of a grid."""

from __future__ import annotations

from emobench.contracts.model import Schedule
from emobench.contracts.recipe import Recipe
from emobench.models.grid import candidates

SCHEDULE, RECIPE = Schedule(epochs=3), Recipe(decay="cosine")


def test_no_grid_is_what_there_is() -> None:
    (one,) = candidates({}, SCHEDULE, RECIPE, {"C": 1.0})
    assert one == ({}, SCHEDULE, RECIPE, {"C": 1.0})


def test_every_combination_comes_once_the_last_key_first() -> None:
    found = candidates({"C": (0.1, 1.0), "epochs": (5, 6)}, SCHEDULE, RECIPE, {})
    assert [one.chosen for one in found] == [
        {"C": 0.1, "epochs": 5},
        {"C": 0.1, "epochs": 6},
        {"C": 1.0, "epochs": 5},
        {"C": 1.0, "epochs": 6},
    ]


def test_each_value_goes_where_it_belongs_and_leaves_the_rest() -> None:
    grid = {"learning_rate": (0.1,), "class_weights": ("balanced",), "C": (2.0,)}
    (one,) = candidates(grid, SCHEDULE, RECIPE, {"C": 1.0, "kernel": "rbf"})
    assert one.schedule == Schedule(epochs=3, learning_rate=0.1)
    assert one.recipe == Recipe(decay="cosine", class_weights="balanced")
    assert one.parameters == {"C": 2.0, "kernel": "rbf"}
