"""Numbers in words."""

from __future__ import annotations

import pytest

from emobench.boards.text import duration, grid, recipe, whole_percent
from emobench.contracts.recipe import Augmentation, Recipe


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.96, "1 min 00 s"), (200, "3 min 20 s"), (3720, "1 h 02 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("share", "said"), [(0.0, "0%"), (0.0013, "under 1%"), (0.006, "1%"), (0.14, "14%")])
def test_small_share_that_is_there_is_not_said_to_be_nothing(share: float, said: str) -> None:
    assert whole_percent(share) == said


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (None, ""),
        (Recipe(), ""),
        (Recipe(keep="best", by="balanced_accuracy"), "the best epoch on validation, validation by UAR"),
        (Recipe(patience=1), "until 1 epoch in a row are no better on validation"),
        (
            Recipe(warm_up=1.0, decay="cosine", class_weights="balanced"),
            "warm-up of 1 epoch, cosine decay, balanced class weights",
        ),
        (Recipe(loss="ccc"), "loss 1 - CCC"),
        (Recipe(accumulate=4), "4 batches a step"),
        (
            Recipe(warm_up=0.5, augment=(Augmentation("flip"), Augmentation("crop", {"pixels": 4}))),
            "warm-up of 0.5 epochs, flip, crop (pixels 4)",
        ),
    ],
)
def test_recipe_in_words(how: Recipe | None, said: str) -> None:
    assert recipe(how) == said


def test_grid_in_words() -> None:
    assert grid({}) == ""
    assert grid({"C": (0.1, 1.0), "kernel": ("rbf",)}) == "C one of 0.1, 1.0; kernel one of rbf"
