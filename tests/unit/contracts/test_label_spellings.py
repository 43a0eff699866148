"""Labels in the ways in which people write them."""

from __future__ import annotations

import pandas as pd
import pytest

from emobench.contracts import SPELLINGS, LabelMap, emotion_of, same_label
from emobench.errors import EmobenchError

MAP = LabelMap(
    "three", 1, ("angry", "happy", "surprise"), {"angry": "angry", "happy": "happy", "ps": "surprise", "calm": None}
)


@pytest.mark.parametrize(
    ("written", "emotion"),
    [
        ("Anger", "angry"),
        ("ANG", "angry"),
        ("pleasant_surprise", "surprise"),
        ("Pleasant-Surprise", "surprise"),
        ("joy", "happy"),
        ("Sadness", "sad"),
        ("contemptuous", "contempt"),
        ("annoyed", None),
        ("", None),
        ("3", None),
    ],
)
def test_a_spelling_means_one_emotion(written: str, emotion: str | None) -> None:
    assert emotion_of(written) == emotion


def test_no_spelling_means_two() -> None:
    every = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    assert len(set(every)) == len(every)
    assert all(emotion in spellings for emotion, spellings in SPELLINGS.items())


def test_a_label_of_the_map_comes_before_what_means_the_same() -> None:
    assert same_label("joy", ["happy", "joy"]) == "joy"
    assert same_label("happiness", ["joy", "happy"]) == "happy"
    assert same_label("joyful", ["happiness"]) == "happiness"
    assert same_label("bored", ["happy"]) is None


def test_a_map_understands_other_spellings() -> None:
    found = MAP.apply(pd.Series(["Anger", "happiness", "pleasant surprise", "calmness"]))
    assert found.tolist()[:3] == ["angry", "happy", "surprise"]
    assert found.isna().tolist() == [False, False, False, True]
    assert MAP.knows(["anger", "calm"])
    assert not MAP.knows(["anger", "sad"])
    assert "joy" in MAP.understood["happy"]
    with pytest.raises(EmobenchError, match="says nothing about 'sad'"):
        MAP.apply(pd.Series(["sad"]))
