"""A label map renames, leaves out, and refuses what it does not know."""

from __future__ import annotations

import pandas as pd
import pytest

from emobench.contracts.label_map import LabelMap
from emobench.errors import EmobenchError
from emobench.splits.targets import classify

FEELINGS = LabelMap("feelings", 1, ("bad", "good"), {"angry": "bad", "happy": "good", "sad": "bad", "calm": None})


def table(*labels: str) -> pd.DataFrame:
    ids = [f"clip-{number:03d}" for number in range(len(labels))]
    return pd.DataFrame({"sample_id": ids, "label": list(labels), "group": ""})


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"clip-{number:03d}" for number in numbers)


def test_samples_outside_the_task_are_left_out_and_the_others_renamed() -> None:
    before = table("happy", "calm", "sad", "angry")
    after = classify(before, FEELINGS)
    assert after["label"].tolist() == ["good", "bad", "bad"]
    assert after["sample_id"].tolist() == list(ids(0, 2, 3))
    assert after.index.tolist() == [0, 1, 2]
    assert before["label"].tolist() == ["happy", "calm", "sad", "angry"]


def test_label_that_the_map_does_not_know_is_an_error() -> None:
    with pytest.raises(EmobenchError, match="'feelings' says nothing about 'bored', 'shy'; use a map for these labels"):
        classify(table("happy", "shy", "bored"), FEELINGS)


def test_map_that_leaves_nothing_is_an_error() -> None:
    with pytest.raises(EmobenchError, match="'feelings' leaves no sample of this dataset"):
        classify(table("calm", "calm"), FEELINGS)
