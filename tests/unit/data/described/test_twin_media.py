"""Sounds, pictures and films of twins: in every format, the same at every call, and different for labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emobench.data.described.twin_media import FRAMES, RATE, SIZE, picture, sound, write
from emobench.decoding.media import read
from emobench.errors import EmobenchError


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.m4a", "a.mp4", "a.avi", "a.mkv"])
def test_a_sound_is_heard_in_every_format(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, 1, 3, [1], [2])
    heard = read(tmp_path / name, "audio")
    assert 0.7 < len(heard.samples) / heard.rate < 1.2
    assert np.abs(heard.samples).max() > 0.05


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tiff"])
def test_a_picture_is_seen_in_every_format(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, 1, 3, [1], [2])
    assert read(tmp_path / name, "image").shape == (SIZE, SIZE, 3)


def test_a_film_has_frames(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", 1, 3, [1], [2])
    assert read(tmp_path / "a.mp4", "video").frames == FRAMES


def test_labels_can_be_told_and_equal_arguments_give_equal_content() -> None:
    assert np.array_equal(sound(0, 3, [1], [2]), sound(0, 3, [1], [2]))
    assert np.array_equal(picture(0, 3, [1], [2]), picture(0, 3, [1], [2]))
    pitches = [np.abs(np.fft.rfft(sound(label, 3, [1], [label]), RATE)).argmax() for label in range(3)]
    assert pitches == sorted(pitches)
    assert len(set(pitches)) == 3


def test_an_unknown_format_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"no twin of a \.xyz file can be made"):
        write(tmp_path / "a.xyz", 0, 2, [], [])
