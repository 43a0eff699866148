"""Waveforms of one length, and pictures of the size that pretrained networks take."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import pytest
from emobench_plugins.representations.rgb_image import RgbImage
from emobench_plugins.representations.waveform import Waveform
from numpy.typing import NDArray

from emobench.contracts.media import Audio
from emobench.errors import UnreadableError


def noise(frames: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=frames).astype(np.float32)


def waveform(clip: Audio, **parameters: Any) -> NDArray[np.float32]:
    made = Waveform().compute(clip, **{**Waveform.parameters, **parameters})
    assert made.dtype == np.float32
    return made


def test_short_clip_is_padded_with_zeros_at_its_end() -> None:
    made = waveform(Audio(noise(10_000), 16_000))
    assert made.shape == (64_000,)
    np.testing.assert_array_equal(made[:10_000], noise(10_000))
    assert not made[10_000:].any()


def test_long_clip_is_cut_at_its_end() -> None:
    np.testing.assert_array_equal(waveform(Audio(noise(20_000), 16_000), seconds=1), noise(20_000)[:16_000])


def test_other_rates_are_resampled() -> None:
    expected = librosa.resample(noise(44_100), orig_sr=44_100, target_sr=16_000, res_type="soxr_hq")
    np.testing.assert_array_equal(waveform(Audio(noise(44_100), 44_100))[:16_000], expected)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(100, dtype=np.float32), "a silent clip"),
        (np.concatenate([np.zeros(64_000, dtype=np.float32), noise(10)]), "a silent clip"),
        (np.zeros(0, dtype=np.float32), "a silent clip"),
        (np.full(100, np.nan, dtype=np.float32), "not finite"),
    ],
)
def test_clip_without_a_length_is_dropped(samples: NDArray[np.float32], said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        waveform(Audio(samples, 16_000))


def test_picture_has_224_pixels_a_side() -> None:
    made = RgbImage().compute(np.full((50, 40), 7, dtype=np.uint8), **RgbImage.parameters)
    assert made.shape == (3, 224, 224)
    assert made.dtype == np.uint8
    assert (made == 7).all()
