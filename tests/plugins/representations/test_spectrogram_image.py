"""The spectrogram image, against librosa and OpenCV called plainly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import librosa
import numpy as np
import pytest
from emobench_plugins.datasets.crema_d import CremaD
from emobench_plugins.datasets.tess import Tess
from emobench_plugins.representations.resizing import resized
from emobench_plugins.representations.spectrogram_image import SpectrogramImage
from numpy.typing import NDArray

from emobench.contracts.dataset import Dataset
from emobench.contracts.media import Audio
from emobench.data.discovery import DATA_VARIABLE, scan
from emobench.decoding import media
from emobench.errors import UnreadableError

RATE = 16_000


def tone(pitch: float, seconds: float = 1.0, rate: int = RATE, level: float = 0.3) -> NDArray[np.float32]:
    time = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def hiss(seconds: float, level: float) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, level, int(seconds * RATE)).astype(np.float32)


def image(samples: NDArray[np.float32], rate: int = RATE, **parameters: Any) -> NDArray[np.uint8]:
    given = {**SpectrogramImage.parameters, **parameters}
    result = SpectrogramImage().compute(Audio(samples, rate), **given)
    assert result.shape == (3, given["size"], given["size"])
    assert result.dtype == np.uint8
    return result


def levels(samples: NDArray[np.float32], **parameters: Any) -> NDArray[np.int64]:
    """Return the image as numbers from 0 to 255: the places of its colours in the colour map."""
    colour_map = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_MAGMA)[:, 0, ::-1].astype(int)
    pixels = image(samples, **parameters).transpose(1, 2, 0).astype(int)
    distances = np.abs(pixels[:, :, None] - colour_map).sum(axis=3)
    assert not distances.min(axis=2).any()  # every colour is one of the map's
    return np.asarray(distances.argmin(axis=2))


def plainly(samples: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """Return (size, size) levels from 0 to 255 of a sound that need not be trimmed, in floating point."""
    power = np.abs(librosa.stft(samples, n_fft=512, hop_length=128)) ** 2
    decibels = np.flipud(librosa.power_to_db(power, ref=power.max(), amin=1e-10, top_db=80))
    return np.asarray(cv2.resize((decibels + 80) / 80 * 255, (size, size), interpolation=cv2.INTER_AREA), dtype=float)


@pytest.mark.parametrize("size", [48, 100])
def test_levels_are_those_of_plain_librosa(size: int) -> None:
    sound = tone(700) * np.linspace(0.3, 1, RATE, dtype=np.float32) + hiss(1, 0.01)
    assert np.abs(levels(sound, size=size) - plainly(sound, size)).max() <= 1


def test_colours_are_red_first_and_bright_where_it_is_loud() -> None:
    red, _, blue = image(np.concatenate([hiss(1, 0.2), hiss(1, 5e-5), hiss(1, 0.2)])).astype(int)
    loud, quiet = (slice(None), slice(2, 14)), (slice(None), slice(18, 30))
    assert (red[loud] > blue[loud]).all()
    assert (red[quiet] < blue[quiet]).all()  # magma begins with black and blue
    assert red[loud].min() > 200 > 30 > red[quiet].max()


@pytest.mark.parametrize(("pitch", "row"), [(250, 46), (4000, 23), (7750, 1)])
def test_low_frequencies_are_at_the_bottom(pitch: float, row: int) -> None:
    brightest = levels(tone(pitch))[:, 24].argmax()
    assert abs(int(brightest) - row) <= 1


def test_time_runs_from_left_to_right() -> None:
    drawn = levels(np.concatenate([tone(500), tone(3000)]))
    assert drawn[:, 10].argmax() > 40
    assert drawn[:, 38].argmax() < 35


def test_loudness_of_a_clip_as_a_whole_does_not_show() -> None:
    sound = tone(700) + hiss(1, 0.01)
    np.testing.assert_array_equal(image(sound), image(sound * np.float32(0.25)))


def test_silence_around_the_words_is_cropped() -> None:
    silent = hiss(1, 1e-5)
    padded = np.concatenate([silent, tone(700), silent])
    assert (levels(padded)[:, 5:43].max(axis=0) > 200).all()
    assert (levels(padded, top_db=200.0)[:, :14].max(axis=0) < 120).all()


def test_pauses_between_words_stay() -> None:
    drawn = levels(np.concatenate([tone(700), hiss(1, 1e-5), tone(700)]))
    assert (drawn[:, 20:28].max(axis=0) < 120).all()


def test_hum_of_the_room_does_not_keep_silence_from_being_cropped() -> None:
    silent = np.zeros(RATE, np.float32)
    hum = tone(50, seconds=3, level=0.02)
    drawn = levels(np.concatenate([silent, hiss(1, 0.2), silent]) + hum)
    assert (drawn[10:40, 6:42].min(axis=0) > 150).all()
    assert len(librosa.effects.trim(np.concatenate([silent, hiss(1, 0.2), silent]) + hum, top_db=30)[0]) == 3 * RATE


def test_cropping_is_librosas_after_pre_emphasis() -> None:
    sound = hiss(2, 0.02) * np.exp(-8 * np.abs(np.linspace(-1, 1, 2 * RATE))).astype(np.float32)
    emphasised = np.append(sound[:1] * 2 - sound[1:2], sound[1:] - 0.97 * sound[:-1])
    _, (first, end) = librosa.effects.trim(emphasised, top_db=30)
    assert 0 < first < end < len(sound)
    assert np.abs(levels(sound) - plainly(sound[first:end], 48)).max() <= 1


def test_other_rates_are_resampled() -> None:
    sound = tone(700, rate=24_414) + tone(3000, rate=24_414)
    np.testing.assert_array_equal(
        image(sound, rate=24_414), image(librosa.resample(sound, orig_sr=24_414, target_sr=RATE))
    )


def test_what_is_above_half_the_rate_is_not_drawn() -> None:
    high, low = tone(11_000, rate=48_000), tone(700, rate=48_000, level=0.01)
    drawn = image(high + low, rate=48_000)
    np.testing.assert_array_equal(
        drawn.sum(axis=0)[:, 24].argmax(), image(low, rate=48_000).sum(axis=0)[:, 24].argmax()
    )


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros(RATE, np.float32), RATE, "a silent clip"),
        (tone(700)[:511], RATE, "a clip of 32 ms, shorter than one analysis window of 32 ms"),
        (np.zeros(0, np.float32), 48_000, "a clip of 0 ms"),
        (np.full(RATE, np.nan, np.float32), 48_000, "not finite"),
    ],
)
def test_clip_without_a_spectrogram_is_unreadable(samples: NDArray[np.float32], rate: int, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        image(samples, rate=rate)


def test_shortest_clip_has_a_spectrogram() -> None:
    image(tone(700)[:512])


@pytest.mark.parametrize("shape", [(24, 20), (24, 20, 3), (60, 20), (48, 48, 3)])
def test_pictures_are_stretched_by_area_if_a_side_shrinks(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kind = cv2.INTER_AREA if max(shape[:2]) > 48 else cv2.INTER_LINEAR
    np.testing.assert_array_equal(resized(picture, 48), cv2.resize(picture, (48, 48), interpolation=kind))


@pytest.mark.realdata
@pytest.mark.parametrize("dataset", [Tess(), CremaD()], ids=lambda dataset: dataset.name)
def test_real_clips_are_cropped_and_none_is_lost(dataset: Dataset) -> None:
    root = os.environ.get(DATA_VARIABLE)
    copies = dataset.find(scan(Path(root))[0]) if root else []
    if not copies:
        pytest.skip(f"{DATA_VARIABLE} names no folder with {dataset.title}")
    samples = dataset.index(copies[0]).samples
    clips = [media.read_audio(copies[0].root / name) for name in samples["audio_path"][::10]]
    cropped = 0
    for clip in filter(lambda clip: clip.samples.any(), clips):
        result = image(clip.samples, rate=clip.rate)
        assert len(np.unique(result.reshape(3, -1), axis=1).T) > 50
        cropped += not np.array_equal(result, image(clip.samples, rate=clip.rate, top_db=200.0))
    assert cropped > len(clips) / 2
