"""The rules by which the built-in protocols divide a dataset."""

from __future__ import annotations

import pandas as pd
import pytest
from emobench_plugins.protocols.official import OfficialSplit
from emobench_plugins.protocols.random_clips import RandomClips
from emobench_plugins.protocols.test_only import TestOnly as Everything
from sklearn.model_selection import train_test_split

from emobench.errors import EmobenchError


def samples(*splits: str | None) -> pd.DataFrame:
    ids = [f"clip-{number}" for number in range(len(splits))]
    return pd.DataFrame({"sample_id": ids, "label": "happy", "split": list(splits)})


def test_official_split_has_train_first_and_the_test_parts_in_a_fixed_order() -> None:
    split = OfficialSplit().split(samples("public-test", "train", "validation", "private-test", "train"))
    assert list(split.parts.items()) == [
        ("train", ("clip-1", "clip-4")),
        ("validation", ("clip-2",)),
        ("private-test", ("clip-3",)),
        ("public-test", ("clip-0",)),
    ]
    assert split.test_parts == ("private-test", "public-test")


@pytest.mark.parametrize("splits", [("train", "train"), ("train", "validation")])
def test_copy_without_a_test_part_says_what_is_missing(splits: tuple[str, ...]) -> None:
    with pytest.raises(EmobenchError, match=r"test part is missing; there is only train.*get a complete copy"):
        OfficialSplit().split(samples(*splits))


def test_copy_without_a_training_part_says_what_is_missing() -> None:
    with pytest.raises(EmobenchError, match="training part is missing; there is only public-test"):
        OfficialSplit().split(samples("public-test"))


@pytest.mark.parametrize("nothing", ["", None])
def test_sample_in_no_official_part_is_named(nothing: str | None) -> None:
    with pytest.raises(EmobenchError, match="1 samples stand in no part of the official split, among them clip-1"):
        OfficialSplit().split(samples("train", nothing, "public-test"))


def test_dataset_without_an_official_split_is_refused() -> None:
    with pytest.raises(EmobenchError, match="no official split; choose another protocol"):
        OfficialSplit().split(samples("train").drop(columns="split"))


@pytest.mark.parametrize(("test_size", "seed"), [(0.2, 0), (0.2, 68), (0.25, 42), (7, 1)])
def test_random_split_is_scikit_learns(test_size: float, seed: int) -> None:
    table = samples(*["train"] * 83)
    split = RandomClips().split(table, test_size=test_size, seed=seed)
    train, test = train_test_split(table, test_size=test_size, random_state=seed)
    assert list(split.parts) == ["train", "test"]
    assert split.parts["train"] == tuple(train.sort_index()["sample_id"])  # in index order
    assert split.parts["test"] == tuple(test.sort_index()["sample_id"])


def test_random_split_goes_by_position_whatever_the_index() -> None:
    table = samples(*["train"] * 20)
    parts = RandomClips().split(table, test_size=0.2, seed=3).parts
    assert RandomClips().split(table.set_index(table.index * 7 + 5), test_size=0.2, seed=3).parts == parts


@pytest.mark.parametrize(("rows", "test_size"), [(1, 0.2), (10, 1.5), (10, 10)])
def test_impossible_random_split_says_why(rows: int, test_size: float) -> None:
    with pytest.raises(EmobenchError, match=rf"{rows} samples cannot be split with test_size={test_size}"):
        RandomClips().split(samples(*["train"] * rows), test_size=test_size, seed=0)


def test_random_split_declares_that_it_leaks() -> None:
    assert RandomClips.leaky
    assert not OfficialSplit.leaky
    assert dict(RandomClips.parameters) == {"test_size": 0.2, "seed": 0}


# ------------------------------------------------------------------------------------------------- test-only


def films(number: int, takes: bool = True) -> pd.DataFrame:
    """Return two films of each take, in turn."""
    ids = [f"film-{position:04}" for position in range(number)]
    table = pd.DataFrame({"sample_id": ids, "label": "happy"})
    return table.assign(take=[f"take-{position % (number // 2):04}" for position in range(number)]) if takes else table


def aside(table: pd.DataFrame, size: float, seed: int = 0) -> set[str]:
    return set(Everything().split(table, validation_size=size, seed=seed).parts.get("validation", ()))


def test_everything_is_tested_in_index_order() -> None:
    split = Everything().split(films(20), **Everything.parameters)
    assert split.parts == {"test": tuple(films(20)["sample_id"])}


def test_films_of_one_take_are_never_apart() -> None:
    table = films(400)
    split = Everything().split(table, validation_size=0.3, seed=1)
    take = table.set_index("sample_id")["take"]
    assert not set(take[list(split.parts["validation"])]) & set(take[list(split.parts["test"])])
    assert sorted(split.parts["validation"] + split.parts["test"]) == list(table["sample_id"])
    assert list(split.parts) == ["validation", "test"]


def test_films_of_a_part_of_the_copy_fall_where_those_of_the_whole_do() -> None:
    whole = films(400)
    some = whole.sample(frac=0.4, random_state=0)
    assert aside(some, 0.3) == aside(whole, 0.3) & set(some["sample_id"])


@pytest.mark.parametrize("size", [0.1, 0.2, 0.5])
def test_share_of_the_takes_is_about_right(size: float) -> None:
    found = len(aside(films(2000), size)) / 2000
    assert abs(found - size) < 3 * (size * (1 - size) / 1000) ** 0.5  # three standard deviations of 1,000 takes


def test_another_seed_sets_others_aside() -> None:
    assert aside(films(400), 0.3, seed=1) != aside(films(400), 0.3, seed=2)


def test_larger_share_keeps_what_the_smaller_one_set_aside() -> None:
    assert aside(films(400), 0.1) < aside(films(400), 0.3)


def test_samples_without_takes_fall_one_by_one() -> None:
    table = films(400, takes=False)
    assert 80 < len(aside(table, 0.3)) < 160
    assert aside(table.assign(take=""), 0.3) == aside(table, 0.3)


@pytest.mark.parametrize("size", [-0.1, 1, 1.5, float("nan"), "0.2"])
def test_share_that_is_no_fraction_is_refused(size: object) -> None:
    with pytest.raises(EmobenchError, match=r"validation_size is .*; give a fraction from 0 up to, not including, 1"):
        Everything().split(films(20), validation_size=size, seed=0)


def test_nothing_left_to_test_is_refused() -> None:
    with pytest.raises(EmobenchError, match="all 2 samples fall into validation; use more data"):
        Everything().split(films(2), validation_size=0.999999, seed=0)
