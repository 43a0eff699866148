"""A small grid: settings of the training and parameters of the model, of which validation chooses one combination."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from emobench.contracts import Recipe, Schedule

MOST = 64
"""Combinations; who searches more widely does that elsewhere and says so with ``selected_on``."""


class Candidate(NamedTuple):
    """One combination, and what it makes of schedule, recipe and the model's parameters."""

    chosen: dict[str, Any]
    schedule: Schedule
    recipe: Recipe
    parameters: dict[str, Any]


def candidates(
    grid: Mapping[str, tuple[Any, ...]], schedule: Schedule, recipe: Recipe, parameters: Mapping[str, Any]
) -> list[Candidate]:
    """Return every combination of a grid; one without changes for an empty grid."""
    found = []
    for values in itertools.product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        of_schedule, of_recipe = (
            {each.name: chosen[each.name] for each in dataclasses.fields(kind) if each.name in chosen}
            for kind in (Schedule, Recipe)
        )
        own = {name: value for name, value in chosen.items() if name not in {**of_schedule, **of_recipe}}
        found.append(
            Candidate(
                chosen,
                dataclasses.replace(schedule, **of_schedule),
                dataclasses.replace(recipe, **of_recipe),
                {**parameters, **own},
            )
        )
    return found
