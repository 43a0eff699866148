"""How badges and weights are said."""

from __future__ import annotations

import pytest

from emobench.records.exposure import EXPOSURE_MEANING, EXPOSURES, Exposure, Weights, badge, worst
from tests.support.factories import cell


@pytest.mark.parametrize(
    ("exposure", "words"),
    [
        (
            Exposure(kind="seen", by=("fer2013",), samples=3573, tested=7178),
            "seen: 3,573 of 7,178 test samples are in fer2013",
        ),
        (Exposure(kind="unknown", tested=5), "unknown: what was trained on"),
        (Exposure(kind="unknown", by=("ravdess:train",)), "unknown: whether test samples are in ravdess:train"),
        (Exposure(kind="unseen", tested=5), "unseen: no test sample is in what was trained on"),
    ],
)
def test_an_exposure_in_words(exposure: Exposure, words: str) -> None:
    assert str(exposure) == words


def test_every_badge_has_its_meaning() -> None:
    assert EXPOSURE_MEANING.keys() == set(EXPOSURES)
    assert [badge(None), badge(Exposure(kind="seen"))] == ["trained here", "seen"]


def test_the_worst_counts() -> None:
    unseen, unknown, seen = (Exposure(kind=kind) for kind in EXPOSURES)
    assert worst((unseen, None, unknown)) == unknown
    assert worst((seen, unknown)) == seen
    assert worst((None,)) is None


def test_weights_in_words() -> None:
    assert str(Weights(name="net", license="MIT", released="2021-03")) == "net (licence MIT, released 2021-03)"
    assert str(Weights(name="net")) == "net (neither licence nor date stated)"


def test_a_cell_without_weights_says_nothing_of_them() -> None:
    assert not {"exposure", "weights"} & cell().model_dump(mode="json").keys()
