"""What is done to the inputs of a fitted model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.contracts.model import Samples, Stream
from emobench.errors import EmobenchError
from emobench.models.ablations import apply_ablation, complete
from emobench.models.inputs import ModelInputs
from emobench.records.identity import Component

pytestmark = pytest.mark.usefixtures("one_thread")


STREAMS = ("pixels", "sounds")


def parts(labels: str, part: str = "", views: int = 1) -> ModelInputs:
    """Return parts to be predicted, with a one-dimensional stream that holds 0, 1, 2, ... and another with its tenfold."""
    n = len(labels)
    rows = np.arange(n * views, dtype=np.int64)
    values = np.arange(n * views, dtype=np.float32)[:, None]
    streams = {"pixels": Stream(values, rows), "sounds": Stream(10 * values, rows)}
    truth = pd.DataFrame(
        {"sample_id": [str(place) for place in range(n)], "part": list(part or "t" * n), "label": list(labels)}
    )
    asked = Samples(tuple(map(str, rows)), streams, None, ("a", "b"))
    return ModelInputs(None, None, asked, views, truth, {}, ())


def moved(given: ModelInputs, name: str, **parameters: Any) -> tuple[list[float], list[float]]:
    """Return both streams after a control of ``sounds``."""
    component = complete(Component(name=name, parameters={"stream": "sounds", **parameters}), STREAMS)
    after = apply_ablation(given, component)
    return after.to_predict.x("pixels").ravel().tolist(), after.to_predict.x("sounds").ravel().tolist()


def test_blank_stream_is_the_mean_everywhere_and_the_other_stays() -> None:
    pixels, sounds = moved(parts("abab"), "blank-stream")
    assert pixels == [0, 1, 2, 3]
    assert sounds == [15.0] * 4


def test_blank_stream_of_whole_numbers_is_rounded() -> None:
    given = parts("ab")
    stream = Stream(np.asarray([[1], [2], [2]], dtype=np.uint8), np.asarray([0, 1, 2]))
    asked = Samples(("0", "1", "2"), {**given.to_predict.streams, "sounds": stream}, None, ("a", "b"))
    blank = complete(Component(name="blank-stream", parameters={"stream": "sounds"}), STREAMS)
    after = apply_ablation(ModelInputs(None, None, asked, 1, given.truth, {}, ()), blank).to_predict.x("sounds")
    assert after.dtype == np.uint8
    assert after.tolist() == [[2], [2], [2]]


@pytest.mark.parametrize("across", [False, True])
def test_shuffle_stays_within_the_part_and_within_or_across_classes(across: bool) -> None:
    labels, part = "ab" * 20 + "aab" * 20, "u" * 40 + "v" * 60
    pixels, sounds = moved(parts(labels, part), "shuffle-pairs", across_classes=across)
    assert pixels == list(range(100))
    donors = [int(value) // 10 for value in sounds]
    assert all(part[donor] == part[place] for place, donor in enumerate(donors))
    assert all((labels[donor] == labels[place]) is not across for place, donor in enumerate(donors))
    assert donors != list(range(100))
    if not across:
        assert sorted(donors) == list(range(100))  # a permutation: every stream is used once


def test_shuffle_moves_all_views_of_a_sample_together() -> None:
    _, sounds = moved(parts("abab" * 5, views=3), "shuffle-pairs", across_classes=True)
    views = np.asarray(sounds).reshape(-1, 3)
    np.testing.assert_array_equal(views - views[:, :1], [[0, 10, 20]] * 20)


def test_another_seed_is_another_shuffle() -> None:
    assert moved(parts("ab" * 20), "shuffle-pairs") == moved(parts("ab" * 20), "shuffle-pairs", seed=0)
    assert moved(parts("ab" * 20), "shuffle-pairs") != moved(parts("ab" * 20), "shuffle-pairs", seed=1)


def test_shuffle_across_one_class_is_refused() -> None:
    with pytest.raises(EmobenchError, match="the part 't' has the class 'a' only"):
        moved(parts("aaa"), "shuffle-pairs", across_classes=True)
