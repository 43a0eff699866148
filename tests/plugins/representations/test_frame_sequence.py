"""The frames of a film in their order, decoded in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emobench_plugins.representations.face_finding import Face
from emobench_plugins.representations.frame_sequence import FrameSequence
from emobench_plugins.representations.resizing import resized
from numpy.typing import NDArray

from emobench.contracts import Video
from emobench.errors import EmobenchError, UnreadableError


@dataclass(frozen=True)
class Numbered(Video):
    """A film whose frame i is as bright as i; some do not decode."""

    calls: Any = None
    lost: frozenset[int] = frozenset()

    def read(self, positions: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
        """Return the frames, in any order, and count the call."""
        wanted = list(positions)
        if self.calls is not None:
            self.calls.append(wanted)
        return {place: np.full((60, 80, 3), place, np.uint8) for place in reversed(wanted) if place not in self.lost}


def film(frames: int = 90, rate: float = 30.0, **of: Any) -> Numbered:
    return Numbered(Path("a.mp4"), frames, rate, **of)


def made(of: Video, **parameters: Any) -> NDArray[np.uint8]:
    return FrameSequence().compute(of, **{**FrameSequence.parameters, "crop": "whole", **parameters})


def shown(of: Video, **parameters: Any) -> list[int]:
    return [int(step.max()) for step in made(of, **parameters)]


def test_frames_are_at_equal_distances_from_the_first_on() -> None:
    assert shown(film()) == [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84]
    assert shown(film(), per_second=2.0) == [0, 15, 30, 45, 60, 75]
    assert shown(film(rate=29.97), per_second=7.0)[:4] == [0, 4, 9, 13]


def test_every_n_th_frame_needs_no_rate() -> None:
    assert shown(film(10, rate=0.0), every=3) == [0, 3, 6, 9]
    with pytest.raises(UnreadableError, match="does not say how many frames a second"):
        made(film(rate=0.0))


def test_a_slow_film_gives_each_frame_once() -> None:
    assert shown(film(5, rate=2.0), per_second=30.0) == [0, 1, 2, 3, 4]


def test_a_film_is_decoded_once_and_no_further_than_its_last_frame() -> None:
    calls: list[list[int]] = []
    made(film(calls=calls))
    assert len(calls) == 1
    assert max(calls[0]) < 90


def test_frames_that_do_not_decode_are_left_out() -> None:
    assert shown(film(20, lost=frozenset({6})), per_second=5.0) == [0, 12, 18]
    with pytest.raises(UnreadableError, match="no frame can be decoded"):
        made(film(3, lost=frozenset(range(3))))


def test_gray_and_colour_have_their_shapes() -> None:
    assert made(film()).shape == (15, 1, 48, 48)
    assert made(film()).dtype == np.uint8
    assert made(film(), colour="rgb", size=20).shape == (15, 3, 20, 20)


def test_the_face_is_cut_out_and_a_frame_without_one_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def face(gray: NDArray[np.uint8]) -> Face | None:
        return Face(10, 20, 30) if gray.max() != 6 else None

    monkeypatch.setattr("emobench_plugins.representations.frame_sequence.largest_face", face)
    assert shown(film(20), crop="face") == [0, 12, 18]
    picture = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)

    class Single(Numbered):
        def read(self, positions: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
            return {0: picture}

    found = made(Single(Path("a.mp4"), 1, 30.0), crop="face", colour="rgb", size=16)
    np.testing.assert_array_equal(found[0], resized(picture[10:40, 20:50], 16).transpose(2, 0, 1))
    monkeypatch.setattr("emobench_plugins.representations.frame_sequence.largest_face", lambda gray: None)
    with pytest.raises(UnreadableError, match="no face in any of its frames"):
        made(film(), crop="face")


@pytest.mark.parametrize(
    "wrong", [{"crop": "nose"}, {"colour": "red"}, {"size": 0}, {"every": -1}, {"per_second": 0.0}]
)
def test_values_that_there_are_not_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(EmobenchError, match=next(iter(wrong))):
        made(film(), **wrong)
