"""The label map of the seven emotions."""

from __future__ import annotations

import pandas as pd
import pytest
from emobench_plugins.datasets.fer2013 import Fer2013
from emobench_plugins.datasets.ravdess import Ravdess
from emobench_plugins.labels import SEVEN_EMOTIONS, emobench_label_maps

from emobench.contracts import Dataset
from emobench.errors import EmobenchError


def test_map_is_registered_with_alphabetical_classes() -> None:
    assert emobench_label_maps() == [SEVEN_EMOTIONS]
    assert list(SEVEN_EMOTIONS.classes) == sorted(SEVEN_EMOTIONS.classes)
    assert SEVEN_EMOTIONS.classes.index("neutral") == 4
    assert set(SEVEN_EMOTIONS.mapping.values()) == {*SEVEN_EMOTIONS.classes, None}


@pytest.mark.parametrize("dataset", [Fer2013(), Ravdess()], ids=lambda dataset: dataset.name)
def test_map_covers_the_datasets_and_reaches_every_class(dataset: Dataset) -> None:
    mapped = SEVEN_EMOTIONS.apply(pd.Series(dataset.labels))
    assert set(mapped.dropna()) == set(SEVEN_EMOTIONS.classes)


def test_calm_is_left_out_and_others_are_renamed() -> None:
    mapped = SEVEN_EMOTIONS.apply(pd.Series(["calm", "fearful", "surprised", "ps", "pleasant surprise"]))
    assert mapped.isna().tolist() == [True, False, False, False, False]
    assert mapped[1:].tolist() == ["fear", "surprise", "surprise", "surprise"]


def test_unknown_label_is_refused() -> None:
    with pytest.raises(EmobenchError, match="says nothing about 'bored'"):
        SEVEN_EMOTIONS.apply(pd.Series(["bored"]))
