"""What is told of samples by targets that are no class, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.contracts import LabelMap, Target
from emobench.errors import EmobenchError
from emobench.splits.targets import classify, with_truth

VOTES = Target("votes", "distribution", ("glad", "sad"))
AFFECT = Target("affect", "values", ("valence", "arousal"), ((1.0, 7.0), None))


def index(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": ["a", "b", "c"], "label": ["x", "", "y"], **columns})


def votes(glad: list[float], sad: list[float]) -> pd.DataFrame:
    return index(**{"votes.glad": glad, "votes.sad": sad})


def values(valence: list[float], arousal: list[float]) -> pd.DataFrame:
    return index(**{"affect.valence": valence, "affect.arousal": arousal})


def test_votes_stay_counts_and_the_label_is_the_class_with_most_of_them_the_first_on_a_tie() -> None:
    told = with_truth(votes([3, 1, 2], [1, 4, 2]), VOTES)
    assert told["label"].tolist() == ["glad", "sad", "glad"]
    assert told[["true_glad", "true_sad"]].to_numpy().tolist() == [[3, 1], [1, 4], [2, 2]]


def test_values_have_no_label() -> None:
    told = with_truth(values([1, 7, 4], [-20, 0, 1e3]), AFFECT)
    assert told["label"].tolist() == ["", "", ""]
    assert told["true_arousal"].tolist() == [-20, 0, 1e3]


@pytest.mark.parametrize(
    ("samples", "target", "said"),
    [
        (votes([3, 0, 2], [1, 0, 2]), VOTES, "target 'votes': the votes sum to 0 (sample 'b'); leave the sample out"),
        (votes([3, -1, 2], [1, 3, -2]), VOTES, "target 'votes': glad is -1 (sample 'b'); votes are not negative"),
        (votes([1, 0, 1], [0, 1, 0]), VOTES, "target 'votes': there is one rater only: every sample has one vote"),
        (values([1, 7.5, 9], [0, 0, 0]), AFFECT, "valence is 7.5 (sample 'b', and 1 other); the range is 1 to 7"),
        (values([1, 7, 4], [0, np.nan, 0]), AFFECT, "target 'affect': arousal is nan (sample 'b'); fill it in"),
        (values([1, 7, np.inf], [0, 0, 0]), AFFECT, "target 'affect': valence is inf (sample 'c'); fill it in"),
        (values([1, 2, 3], [1e9, 1e9 + 1, 1e9 + 2]), AFFECT, "arousal differs too little for numbers around 1e+09"),
        (index(), AFFECT, "target 'affect': no column 'affect.valence'; "),
    ],
)
def test_what_cannot_be_told_is_one_line(samples: pd.DataFrame, target: Target, said: str) -> None:
    with pytest.raises(EmobenchError) as caught:
        with_truth(samples, target)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_votes_may_be_shares_of_one() -> None:
    assert with_truth(votes([0.25, 1, 0.5], [0.75, 0, 0.5]), VOTES)["true_sad"].tolist() == [0.75, 0, 0.5]


def test_a_sample_without_a_label_has_no_class() -> None:
    told = classify(index(), LabelMap("m", 1, ("x", "y"), {"x": "x", "y": "y"}))
    assert told["sample_id"].tolist() == ["a", "c"]
