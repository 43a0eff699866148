"""Random frames: which frames are drawn, how they are cut, and what happens where there is none."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from emobench_plugins.datasets._face_corpora import EXPRESSIONS, drawn_face
from emobench_plugins.representations.face_finding import Face, largest_face
from emobench_plugins.representations.random_frames import RandomFrames
from numpy.typing import NDArray

from emobench.decoding import media
from emobench.decoding.video import Film
from emobench.errors import EmobenchError, UnreadableError
from tests.support.films import gray_levels, write_film

WHOLE = {"frames": 4, "size": 16, "crop": "whole", "colour": "gray"}


def compute(path: Path, seed: int = 0, **parameters: Any) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    return RandomFrames().compute(media.read(path, "video"), generator=generator, **{**WHOLE, **parameters})


def positions(views: NDArray[np.uint8]) -> list[int]:
    """Return which frames of gray_levels() the views are."""
    return [round((float(view.mean()) - 20) / 6) for view in views]


def drawn_film(path: Path, faces: list[bool], label: str = "happy") -> Path:
    """Write a film with a drawn face in some frames, 88 pixels high."""
    random = np.random.default_rng(0)
    pictures = np.full((len(faces), 120, 160, 3), 60, np.uint8)
    for picture, face in zip(pictures, faces, strict=True):
        if face:
            large = cv2.resize(drawn_face(EXPRESSIONS[label], random), (88, 88))
            picture[16:104, 36:124] = large[:, :, None]
    return write_film(path, pictures)


class Counted(Film):
    """A film that counts how often it is decoded, and some of whose frames do not decode."""

    def __init__(self, path: Path, frames: int, lost: tuple[int, ...] = ()) -> None:
        super().__init__(path, frames)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "lost", lost)

    def read(self, positions: Any) -> dict[int, NDArray[np.uint8]]:
        """Decode all but the lost frames."""
        self.asked.append(list(positions))  # type: ignore[attr-defined]
        return super().read([position for position in positions if position not in self.lost])  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", gray_levels(30))


# ----------------------------------------------------------------------------------------- which frames


def test_frames_are_the_first_of_the_generators_permutation(film: Path) -> None:
    expected = np.random.default_rng(5).permutation(30)[:8].tolist()
    assert positions(compute(film, 5, frames=8)) == expected
    assert positions(compute(film, 5, frames=4)) == expected[:4]
    assert positions(compute(film, 6, frames=8)) != expected


def test_all_frames_can_be_drawn_each_once(film: Path) -> None:
    assert sorted(positions(compute(film, frames=30))) == list(range(30))


def test_order_and_processes_change_nothing(film: Path, tmp_path: Path) -> None:
    faces = drawn_film(tmp_path / "faces.mp4", [True] * 12)
    jobs = [(film, 1), (faces, 2), (film, 3), (faces, 4)]
    here = [compute(path, seed, crop="face" if path == faces else "whole") for path, seed in jobs]
    with ProcessPoolExecutor(2) as pool:
        there = list(pool.map(_face_or_whole, reversed(jobs)))
    for mine, other in zip(here, reversed(there), strict=True):
        np.testing.assert_array_equal(mine, other)


def _face_or_whole(job: tuple[Path, int]) -> NDArray[np.uint8]:
    path, seed = job
    return compute(path, seed, crop="face" if path.stem == "faces" else "whole")


def test_frame_that_does_not_decode_is_replaced_by_the_next_and_only_then_decoded_again(film: Path) -> None:
    order = np.random.default_rng(0).permutation(31).tolist()
    lost = order[1]
    parameters = {**WHOLE, "generator": np.random.default_rng(0)}
    broken = Counted(film, 31, (lost,))
    assert positions(RandomFrames().compute(broken, **parameters)) == [order[0], order[2], order[3], order[4]]
    assert broken.asked == [order[:4], order[4:8]]  # type: ignore[attr-defined]
    whole = Counted(film, 30)
    RandomFrames().compute(whole, **{**WHOLE, "generator": np.random.default_rng(0)})
    assert len(whole.asked) == 1  # type: ignore[attr-defined]


def test_stated_frame_that_is_one_too_many_costs_nothing(film: Path) -> None:
    parameters = {**WHOLE, "frames": 31, "generator": np.random.default_rng(0)}
    drawn = positions(RandomFrames().compute(Film(film, 31), **parameters))
    assert sorted(drawn[:30]) == list(range(30))
    assert drawn[30] == drawn[0]


def test_film_with_fewer_frames_than_wanted_repeats_them_in_turn(tmp_path: Path) -> None:
    short = write_film(tmp_path / "short.mp4", gray_levels(3))
    drawn = positions(compute(short, frames=8))
    assert sorted(drawn[:3]) == [0, 1, 2]
    assert drawn == (drawn[:3] * 3)[:8]


def test_film_of_which_nothing_decodes_is_unreadable(film: Path) -> None:
    with pytest.raises(UnreadableError, match="no frame can be decoded"):
        RandomFrames().compute(Counted(film, 30, tuple(range(30))), **WHOLE, generator=np.random.default_rng(0))


# ------------------------------------------------------------------------------------------------- cuts


def test_whole_frame_is_stretched_and_the_centre_is_its_largest_square(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (1, 6, 8, 3), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    path = write_film(tmp_path / "film.mp4", picture)
    frame = media.read(path, "video").read([0])[0]
    whole = compute(path, frames=1, colour="rgb")
    np.testing.assert_array_equal(
        whole[0].transpose(1, 2, 0), cv2.resize(frame, (16, 16), interpolation=cv2.INTER_AREA)
    )
    centre = compute(path, frames=1, colour="rgb", crop="centre", size=48)
    np.testing.assert_array_equal(centre[0].transpose(1, 2, 0), frame[:, 8:56])


def test_gray_is_that_of_gray_face(tmp_path: Path) -> None:
    from emobench_plugins.representations.gray_face import GrayFace

    picture = np.random.default_rng(0).integers(0, 256, (1, 48, 64, 3), dtype=np.uint8)
    path = write_film(tmp_path / "film.mp4", picture)
    frame = media.read(path, "video").read([0])[0]
    np.testing.assert_array_equal(compute(path, frames=1)[0], GrayFace().compute(frame, size=16))


@pytest.mark.parametrize("label", EXPRESSIONS)
def test_drawn_face_is_found_where_it_is(label: str) -> None:
    random = np.random.default_rng(1)
    boxes = []
    for _ in range(10):
        picture = np.full((240, 320), 60, np.uint8)
        picture[100:196, 200:296] = cv2.resize(drawn_face(EXPRESSIONS[label], random), (96, 96))
        if face := largest_face(picture):
            boxes.append(face)
    assert len(boxes) >= 5
    for top, left, side in boxes:
        assert 50 <= side <= 110
        assert abs(top + side / 2 - 148) < 25
        assert abs(left + side / 2 - 248) < 20


def test_box_scales_with_the_picture() -> None:
    small = np.full((180, 240), 60, np.uint8)
    small[40:136, 100:196] = cv2.resize(drawn_face(EXPRESSIONS["fear"], np.random.default_rng(0)), (96, 96))
    face = largest_face(small)
    assert face is not None
    large = largest_face(small.repeat(4, 0).repeat(4, 1))
    assert large == Face(*(4 * value for value in face))


@pytest.mark.parametrize("shape", [(120, 160), (10, 10), (30, 900)])
def test_there_is_no_face_in_an_even_picture_of_any_size(shape: tuple[int, int]) -> None:
    assert largest_face(np.full(shape, 128, np.uint8)) is None


def test_frames_without_a_face_are_passed_over(tmp_path: Path) -> None:
    faces = [number % 3 == 0 for number in range(12)]
    path = drawn_film(tmp_path / "film.mp4", faces)
    views = compute(path, frames=3, size=48, crop="face")
    assert (views.reshape(3, -1).std(axis=1) > 15).all()  # a frame without a face is even


def test_the_faces_that_are_found_are_used_again(tmp_path: Path) -> None:
    path = drawn_film(tmp_path / "film.mp4", [True, *[False] * 11])
    views = compute(path, frames=3, crop="face")
    np.testing.assert_array_equal(views[1], views[0])
    np.testing.assert_array_equal(views[2], views[0])


def test_film_without_a_face_is_unreadable_after_a_bounded_number_of_frames(film: Path) -> None:
    with pytest.raises(UnreadableError, match="no face in any of 16 frames"):
        compute(film, crop="face")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"crop": "nose"}, "crop is 'nose'"), ({"colour": "blue"}, "colour is 'blue'"), ({"frames": 0}, "frames is 0")],
)
def test_parameter_that_there_is_not_is_refused(film: Path, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(EmobenchError, match=message) as caught:
        compute(film, **wrong)
    assert not isinstance(caught.value, UnreadableError)
