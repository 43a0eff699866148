"""Sequences of sounds, against librosa called plainly."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import pytest
from emobench_plugins.representations.sound_sequences import MelSequence, MfccSequence, WaveformSequence
from numpy.typing import NDArray

from emobench.contracts import Audio, Representation
from emobench.errors import EmobenchError, UnreadableError


def sound(seconds: float = 1.3, rate: int = 16_000) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    tone = np.sin(2 * np.pi * (200 + 150 * time) * time) * (0.2 + time)
    return Audio((0.3 * tone + 0.01 * np.random.default_rng(0).normal(size=len(time))).astype(np.float32), rate)


def made(rule: Representation, of: Audio, **parameters: Any) -> NDArray[Any]:
    drawn = {"generator": np.random.default_rng(0)} if rule.random else {}
    return rule.compute(of, **{**rule.parameters, **drawn, **parameters})


def decibels(samples: NDArray[np.float32], rate: int, step: int, window: int, bands: int) -> NDArray[np.float32]:
    """Return (bands, t), step by step: spectrogram, power, bands, decibels."""
    spectrum = librosa.stft(samples, n_fft=window, win_length=2 * step, hop_length=step)
    power = librosa.filters.mel(sr=rate, n_fft=window, n_mels=bands) @ np.abs(spectrum) ** 2
    found = 10 * np.log10(np.maximum(power, 1e-10))
    return np.asarray(np.maximum(found, found.max() - 80))


def test_mel_bands_are_librosas() -> None:
    found = made(MelSequence(), sound())
    np.testing.assert_allclose(found, decibels(sound().samples, 16_000, 320, 1024, 40).T, atol=1e-3)
    assert found.shape == (1 + 65, 40)
    assert found.dtype == np.float32


def test_a_step_is_as_long_as_is_asked_for() -> None:
    found = made(MelSequence(), sound(2.0), per_second=25, bands=20)
    np.testing.assert_allclose(found, decibels(sound(2.0).samples, 16_000, 640, 2048, 20).T, atol=1e-3)
    assert len(found) == 51


def test_sounds_of_another_rate_are_resampled() -> None:
    resampled = librosa.resample(sound(rate=44_100).samples, orig_sr=44_100, target_sr=8_000, res_type="soxr_hq")
    expected = made(MelSequence(), Audio(resampled, 8_000), rate=8_000)
    np.testing.assert_allclose(made(MelSequence(), sound(rate=44_100), rate=8_000), expected, atol=1e-4)


def test_mfccs_are_librosas_with_their_slopes() -> None:
    mel = decibels(sound().samples, 16_000, 320, 1024, 64)
    mfccs = librosa.feature.mfcc(S=mel, n_mfcc=13)
    slopes = [librosa.feature.delta(mfccs, order=order, mode="nearest") for order in (1, 2)]
    found = made(MfccSequence(), sound())
    np.testing.assert_allclose(found, np.concatenate([mfccs, *slopes]).T, atol=2e-3)
    assert found.shape == (66, 39)
    assert found.dtype == np.float32


def test_slopes_are_those_of_a_line_through_nine_steps() -> None:
    found = made(MfccSequence(), sound(), deltas=1)
    middle = found[20:29, :13]
    np.testing.assert_allclose(found[24, 13:], np.polyfit(np.arange(9), middle, 1)[0], atol=1e-4)


def test_shuffled_steps_are_the_same_steps() -> None:
    plain, shuffled = made(MfccSequence(), sound()), made(MfccSequence(), sound(), shuffled=True)
    assert sorted(map(tuple, plain)) == sorted(map(tuple, shuffled))
    assert not np.array_equal(plain, shuffled)
    np.testing.assert_array_equal(shuffled, np.random.default_rng(0).permutation(plain))


def test_too_short_for_a_slope_it_is_zero() -> None:
    found = made(MfccSequence(), sound(0.1))
    assert found.shape == (6, 39)
    assert found[:, :13].any()
    assert not found[:, 13:].any()


def test_a_waveform_is_the_sound() -> None:
    np.testing.assert_array_equal(made(WaveformSequence(), sound()), sound().samples)
    assert made(WaveformSequence(), sound(), rate=8_000).shape == (10_400,)


@pytest.mark.parametrize("rule", [MelSequence(), MfccSequence(), WaveformSequence()])
def test_what_is_not_finite_is_refused(rule: Representation) -> None:
    with pytest.raises(UnreadableError, match="not finite"):
        made(rule, Audio(np.array([0.0, np.nan] * 4000, dtype=np.float32), 16_000))


def test_a_sound_shorter_than_a_window_is_refused() -> None:
    with pytest.raises(UnreadableError, match="a clip of 39 ms, shorter than 40 ms"):
        made(MelSequence(), sound(0.039))


@pytest.mark.parametrize(
    ("rule", "parameters", "reason"),
    [
        (MelSequence(), {"per_second": 0}, "per_second is 0"),
        (MelSequence(), {"per_second": 9000}, "per_second is 9000"),
        (MfccSequence(), {"mfccs": 65}, "mfccs is 65"),
        (MfccSequence(), {"deltas": 3}, "deltas is 3"),
    ],
)
def test_values_that_there_are_not_are_refused(rule: Representation, parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(EmobenchError, match=reason):
        made(rule, sound(), **parameters)
