"""The label maps: seven emotions, three classes."""

from __future__ import annotations

import pandas as pd
import pytest
from emobench_plugins.datasets.crema_d import CremaD
from emobench_plugins.datasets.fer2013 import Fer2013
from emobench_plugins.datasets.ravdess import Ravdess
from emobench_plugins.datasets.tess import Tess
from emobench_plugins.label_maps import seven_emotions, three_classes
from emobench_plugins.label_maps.seven_emotions import SEVEN_EMOTIONS
from emobench_plugins.label_maps.three_classes import THREE_CLASSES

from emobench.contracts.dataset import Dataset
from emobench.errors import EmobenchError


def test_maps_are_registered() -> None:
    assert seven_emotions.emobench_label_maps() == [SEVEN_EMOTIONS]
    assert three_classes.emobench_label_maps() == [THREE_CLASSES]


def test_seven_classes_are_in_alphabetical_order() -> None:
    assert list(SEVEN_EMOTIONS.classes) == sorted(SEVEN_EMOTIONS.classes)
    assert SEVEN_EMOTIONS.classes.index("neutral") == 4
    assert set(SEVEN_EMOTIONS.mapping.values()) == {*SEVEN_EMOTIONS.classes, None}


@pytest.mark.parametrize("dataset", [Fer2013(), Ravdess(), Tess()], ids=lambda dataset: dataset.name)
def test_seven_emotions_cover_the_datasets_and_reaches_every_class(dataset: Dataset) -> None:
    mapped = SEVEN_EMOTIONS.apply(pd.Series(dataset.labels))
    assert set(mapped.dropna()) == set(SEVEN_EMOTIONS.classes)


def test_seven_emotions_cover_crema_d_which_has_no_surprise() -> None:
    mapped = SEVEN_EMOTIONS.apply(pd.Series(CremaD().labels))
    assert set(mapped) == set(SEVEN_EMOTIONS.classes) - {"surprise"}


@pytest.mark.parametrize("dataset", [Fer2013(), Ravdess(), Tess(), CremaD()], ids=lambda dataset: dataset.name)
def test_three_classes_keep_happy_angry_and_neutral(dataset: Dataset) -> None:
    mapped = THREE_CLASSES.apply(pd.Series(dataset.labels, index=dataset.labels))
    assert mapped.dropna().to_dict() == {"angry": "negative", "neutral": "neutral", "happy": "positive"}


def test_three_classes_keep_the_labels_of_the_faces_that_paper_b_pairs_them_with() -> None:
    assert THREE_CLASSES.classes == ("negative", "neutral", "positive")
    assert THREE_CLASSES.apply(pd.Series(THREE_CLASSES.classes)).tolist() == list(THREE_CLASSES.classes)


def test_map_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(EmobenchError, match="'three-classes' leaves no sample"):
        THREE_CLASSES.apply(pd.Series(["sad", "disgust"]))


def test_calm_is_left_out_and_others_are_renamed() -> None:
    mapped = SEVEN_EMOTIONS.apply(pd.Series(["calm", "fearful", "surprised", "ps", "pleasant surprise"]))
    assert mapped.isna().tolist() == [True, False, False, False, False]
    assert mapped[1:].tolist() == ["fear", "surprise", "surprise", "surprise"]


def test_unknown_label_is_refused() -> None:
    with pytest.raises(EmobenchError, match="says nothing about 'bored'"):
        SEVEN_EMOTIONS.apply(pd.Series(["bored"]))
