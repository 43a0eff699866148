"""What the built-in representations compute, against plain calls of the libraries."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import librosa
import numpy as np
import pytest
from emobench_plugins.representations.face_image import FaceImage
from emobench_plugins.representations.gray_face import GrayFace
from emobench_plugins.representations.mfcc_chroma_mel import MfccChromaMel
from numpy.typing import NDArray
from PIL import Image

from emobench.contracts.media import Audio
from emobench.errors import UnreadableError


def noise(*shape: int) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return pixels


def face(pixels: NDArray[np.uint8], size: int = 48) -> NDArray[np.uint8]:
    result = GrayFace().compute(pixels, size=size)
    assert result.shape == (1, size, size)
    assert result.dtype == np.uint8
    pixels_in_gray: NDArray[np.uint8] = result[0]
    return pixels_in_gray


def test_gray_face_of_the_right_size_passes_byte_for_byte() -> None:
    pixels = noise(48, 48)
    np.testing.assert_array_equal(face(pixels), pixels)
    np.testing.assert_array_equal(face(pixels[:, :, None].repeat(3, axis=2)), pixels)  # the same, stored as colour


def test_colour_becomes_gray_by_rec_601() -> None:
    pixels = noise(48, 48, 3)
    exact = pixels @ np.array([0.299, 0.587, 0.114])
    assert np.abs(face(pixels) - exact).max() <= 0.51
    pillow = np.asarray(Image.fromarray(pixels).convert("L"), dtype=int)
    assert np.abs(face(pixels) - pillow).max() <= 1


@pytest.mark.parametrize(("shape", "interpolation"), [((96, 96), cv2.INTER_AREA), ((24, 20), cv2.INTER_LINEAR)])
def test_other_sizes_are_resized(shape: tuple[int, int], interpolation: int) -> None:
    pixels = noise(*shape)
    np.testing.assert_array_equal(face(pixels), cv2.resize(pixels, (48, 48), interpolation=interpolation))


def test_shrinking_averages_areas() -> None:
    checks = np.indices((96, 96)).sum(axis=0).astype(np.uint8) % 2 * 200
    assert (face(checks) == 100).all()


def test_size_can_be_set() -> None:
    face(noise(48, 48, 3), size=32)


# -------------------------------------------------------------------------------------------- colour face


def colour_face(pixels: NDArray[np.uint8], size: int = 48) -> NDArray[np.uint8]:
    """Return the picture with its channels last, as OpenCV has them."""
    result = FaceImage().compute(pixels, size=size)
    assert result.shape == (3, size, size)
    assert result.dtype == np.uint8
    assert result.flags["C_CONTIGUOUS"]
    return result.transpose(1, 2, 0)


def test_colour_face_of_the_right_size_passes_byte_for_byte() -> None:
    pixels = noise(48, 48, 3)
    np.testing.assert_array_equal(colour_face(pixels), pixels)


@pytest.mark.parametrize(
    ("shape", "interpolation"),
    [((250, 250, 3), cv2.INTER_AREA), ((24, 20, 3), cv2.INTER_LINEAR), ((30, 90, 3), cv2.INTER_AREA)],
)
def test_colour_faces_are_resized_as_opencv_does(shape: tuple[int, ...], interpolation: int) -> None:
    pixels = noise(*shape)
    np.testing.assert_array_equal(colour_face(pixels), cv2.resize(pixels, (48, 48), interpolation=interpolation))


@pytest.mark.parametrize("shape", [(48, 48), (128, 100)])
def test_gray_picture_becomes_three_equal_channels(shape: tuple[int, int]) -> None:
    pixels = noise(*shape)
    expected = cv2.resize(pixels, (48, 48), interpolation=cv2.INTER_AREA)
    for channel in colour_face(pixels).transpose(2, 0, 1):
        np.testing.assert_array_equal(channel, expected)


def test_size_of_colour_face_can_be_set() -> None:
    colour_face(noise(48, 40, 3), size=96)


# --------------------------------------------------------------------------------------- 180 audio features


def clip(seconds: float = 1.0, rate: int = 22_050, pitch: float = 220.0) -> Audio:
    time = np.arange(int(seconds * rate)) / rate
    hum = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 6))
    noisy = 0.2 * hum + np.random.default_rng(0).normal(0, 0.01, time.size)
    return Audio(noisy.astype(np.float32), rate)


def features(audio: Audio, rate: int = 22_050, chroma_power: float = 2) -> NDArray[np.float32]:
    result = MfccChromaMel().compute(audio, rate=rate, chroma_power=chroma_power)
    assert result.shape == (180,)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    return result


def plain_librosa(y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = (
            librosa.feature.mfcc(y=y, sr=sr, n_mfcc=40),
            librosa.feature.chroma_stft(y=y, sr=sr),
            librosa.feature.melspectrogram(y=y, sr=sr),
        )
    return np.concatenate([part.mean(axis=1) for part in parts]).astype(np.float32)


@pytest.mark.parametrize("pitch", [60.0, 233.0, 470.0, 1000.0])
@pytest.mark.parametrize("seconds", [0.1, 1.0, 3.3])
def test_features_are_plain_librosas(seconds: float, pitch: float) -> None:
    audio = clip(seconds, pitch=pitch)
    np.testing.assert_array_equal(features(audio), plain_librosa(audio.samples, audio.rate))


@pytest.mark.parametrize("pitch", [60.0, 233.0])
def test_chroma_of_magnitudes_is_that_of_most_public_code(pitch: float) -> None:
    audio = clip(pitch=pitch)
    chroma = librosa.feature.chroma_stft(S=np.abs(librosa.stft(audio.samples)), sr=audio.rate).mean(axis=1)
    found = features(audio, chroma_power=1)
    np.testing.assert_array_equal(found[40:52], chroma)
    assert np.abs(found[40:52] - features(audio)[40:52]).max() > 0.1


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_other_rates_are_resampled_as_librosa_load_does(rate: int) -> None:
    audio = clip(rate=rate)
    resampled = librosa.resample(audio.samples, orig_sr=rate, target_sr=22_050)
    np.testing.assert_array_equal(features(audio), plain_librosa(resampled, 22_050))


def test_rate_can_be_set() -> None:
    audio = clip(rate=16_000)
    np.testing.assert_array_equal(features(audio, rate=16_000), plain_librosa(audio.samples, 16_000))


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_silence_has_finite_features_and_warns_of_nothing(level: float) -> None:
    audio = Audio(np.full(22_050, level, np.float32), 22_050)
    np.testing.assert_array_equal(features(audio), plain_librosa(audio.samples, audio.rate))


@pytest.mark.parametrize("frames", [0, 1, 2047])
def test_clip_shorter_than_a_window_is_unreadable(frames: int) -> None:
    with pytest.raises(UnreadableError, match="shorter than one analysis window of 93 ms"):
        features(Audio(np.zeros(frames, np.float32), 22_050))


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_empty_clip_of_any_rate_is_unreadable(rate: int) -> None:
    with pytest.raises(UnreadableError, match="a clip of 0 ms"):
        features(Audio(np.zeros(0, np.float32), rate))


def test_clip_that_is_not_finite_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="not finite"):
        features(Audio(np.full(22_050, np.nan, np.float32), 22_050))


def test_threads_compute_the_same_and_leave_the_warning_filters_alone() -> None:
    clips = [clip(0.5, pitch=100.0 + 20 * number) for number in range(8)] * 2
    clips += [Audio(np.zeros(22_050, np.float32), 22_050)] * 4
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(features, clips))
    for audio, result in zip(clips, together, strict=True):
        np.testing.assert_array_equal(result, features(audio))
    assert warnings.filters == before
