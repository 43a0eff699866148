"""What a suite may ask of a training besides its schedule."""

from __future__ import annotations

import pytest

from emobench.contracts.recipe import Judge, Recipe


@pytest.mark.parametrize(
    ("recipe", "selects"),
    [
        (Recipe(), False),
        (Recipe(keep="best"), True),
        (Recipe(patience=1), True),
        (Recipe(by="accuracy", warm_up=1.0, decay="cosine", class_weights="balanced"), False),
    ],
)
def test_recipe_needs_validation_where_it_keeps_or_stops(recipe: Recipe, selects: bool) -> None:
    assert recipe.selects is selects


def test_better_is_as_the_metric_says_and_an_equal_value_is_not() -> None:
    score, loss = (Judge("m", higher, lambda _: 0.0) for higher in (True, False))
    assert [score.better(value, 0.5) for value in (0.4, 0.5, 0.6)] == [False, False, True]
    assert [loss.better(value, 0.5) for value in (0.4, 0.5, 0.6)] == [True, False, False]
