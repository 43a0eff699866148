"""Parts of sounds and films: the frames of the whole, from the start to the end, whatever the container."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emobench.decoding import media, video
from emobench.decoding.part import Part
from emobench.errors import UnreadableError
from tests.support.films import SOUND_RATE, gray_levels, sine, write_film

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 32_000).astype(np.float32)


@pytest.mark.parametrize(("name", "tolerance"), [("s.wav", 1e-4), ("s.flac", 1e-4), ("s.mp3", 1e-6)])
@pytest.mark.parametrize("part", [Part(0.5, 1.25), Part(1.0, math.nan), Part(0.0, 0.1)])
def test_part_of_a_sound_is_that_of_the_whole(name: str, tolerance: float, part: Part, tmp_path: Path) -> None:
    soundfile.write(tmp_path / name, NOISE, 16_000)
    whole = media.read_audio(tmp_path / name).samples
    begin, end = part.frames(16_000, len(whole), tmp_path / name)
    found = media.read_audio(tmp_path / name, part)
    np.testing.assert_allclose(found.samples, whole[begin:end], atol=tolerance)


@pytest.mark.parametrize("part", [Part(0.4, 0.9), Part(0.7, math.nan), Part(0.0, 0.3)])
def test_part_of_a_sound_track_is_that_of_the_whole(part: Part, tmp_path: Path) -> None:
    path = write_film(tmp_path / "f.mp4", None, sine(440) * np.linspace(0, 1, SOUND_RATE, dtype=np.float32))
    whole = media.read_audio(path).samples
    begin, end = part.frames(SOUND_RATE, len(whole), path)
    found = media.read_audio(path, part)
    assert len(found.samples) == end - begin
    # The window of a packet takes from its neighbours: the first samples after a jump may differ.
    np.testing.assert_allclose(found.samples[2048:], whole[begin:end][2048:], atol=1e-3)


def test_part_of_a_film_has_the_frames_of_the_whole(tmp_path: Path) -> None:
    path = write_film(tmp_path / "f.mp4", gray_levels(30))
    whole, part = video.open_video(path), video.open_video(path, Part(0.5, 0.8))
    first = round(0.5 * 30_000 / 1001)
    assert part.frames == round(0.8 * 30_000 / 1001) - first
    np.testing.assert_array_equal(part.read([2])[2], whole.read([first + 2])[first + 2])


@pytest.mark.parametrize("part", [Part(2.5, 3.0), Part(1.0, 2.5), Part(2.0, math.nan)])
def test_part_beyond_the_end_is_refused(part: Part, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", NOISE, 16_000)
    with pytest.raises(UnreadableError, match=r"is not in the file, which has 2\.00 s; correct start and end"):
        media.read_audio(tmp_path / "s.wav", part)


def test_a_row_without_seconds_is_the_whole() -> None:
    assert Part.of({"sample_id": "a"}) is None
    assert Part.of({"start": 0.0, "end": math.nan}) is None
    assert Part.of({"start": 0.0, "end": 2.0}) == Part(0.0, 2.0)
