"""Augmented voices, each kind measured on its own."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from emobench_plugins.datasets._voice_augmentation import KINDS, augmented, pitched, shifted, stretched, with_noise
from numpy.typing import NDArray
from scipy.signal import correlate

from emobench.contracts.media import Audio
from emobench.errors import UnreadableError

RATE = 16_000
SEEDS = range(25)

every_kind = pytest.mark.parametrize("kind", KINDS)


def voice(seconds: float = 1.0, pitch: float = 200.0, level: float = 0.3) -> NDArray[np.float32]:
    """Return a hum of five harmonics that swells and fades."""
    time = np.arange(int(seconds * RATE)) / RATE
    hum = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 6))
    return np.asarray(level * hum / 2 * np.sin(np.pi * time / seconds), dtype=np.float32)


def copies(kind: str, samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return [augmented(Audio(samples, RATE), kind, seed).samples for seed in SEEDS]


def fundamental(samples: NDArray[np.float32]) -> float:
    """Return the median fundamental frequency of the middle of a hum, in Hz."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.median(librosa.yin(middle, fmin=80, fmax=500, sr=RATE)))


# --------------------------------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("decibels", [10.0, 25.0])
def test_noise_is_as_loud_as_asked_for_and_white(decibels: float) -> None:
    clean = voice(4)
    noise = (with_noise(clean, decibels, np.random.default_rng(0)) - clean).astype(np.float64)
    ratio = 10 * np.log10(np.square(clean, dtype=np.float64).mean() / np.square(noise).mean())
    assert ratio == pytest.approx(decibels, abs=0.2)
    spectrum = np.square(np.abs(np.fft.rfft(noise)))
    low, high = spectrum[: len(spectrum) // 2].mean(), spectrum[len(spectrum) // 2 :].mean()
    assert low / high == pytest.approx(1, abs=0.1)


def test_noise_leaves_silence_silent() -> None:
    assert not with_noise(np.zeros(RATE, np.float32), 20, np.random.default_rng(0)).any()


@pytest.mark.parametrize("frames", [700, -700, 0])
def test_shift_moves_and_nothing_comes_round(frames: int) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    moved = shifted(sound, frames)
    lag = int(correlate(moved, sound, mode="full").argmax()) - (len(sound) - 1)
    assert lag == frames
    assert len(moved) == len(sound)
    assert np.count_nonzero(moved) == len(sound) - abs(frames)


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_stretch_changes_the_length_and_not_the_pitch(tempo: float) -> None:
    result = stretched(voice(2), tempo)
    assert len(result) == pytest.approx(2 * RATE / tempo, abs=1)
    assert fundamental(result) == pytest.approx(200, rel=0.005)


@pytest.mark.parametrize("semitones", [-2.0, 1.0])
def test_pitch_changes_the_pitch_and_not_the_length(semitones: float) -> None:
    result = pitched(voice(2), RATE, semitones)
    assert len(result) == 2 * RATE
    assert fundamental(result) == pytest.approx(200 * 2 ** (semitones / 12), rel=0.01)


# ------------------------------------------------------------------------------------------------- what is drawn


def test_noise_is_drawn_between_20_and_30_decibels() -> None:
    clean = voice()
    noises = [np.square(copy - clean, dtype=np.float64).mean() for copy in copies("noise", clean)]
    ratios = 10 * np.log10(np.square(clean, dtype=np.float64).mean() / np.asarray(noises))
    assert 19.8 < ratios.min() < 23
    assert 27 < ratios.max() < 30.2


def test_shift_is_drawn_up_to_a_tenth_in_both_directions() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    lags = [int(correlate(copy, sound).argmax()) - RATE + 1 for copy in copies("shift", sound)]
    assert all(0.02 * RATE - 1 <= abs(lag) <= 0.1 * RATE + 1 for lag in lags)
    assert min(lags) < 0 < max(lags)


def test_stretch_is_drawn_up_to_a_tenth_in_both_directions() -> None:
    tempos = [RATE / len(copy) for copy in copies("stretch", voice())]
    assert all(0.029 < abs(tempo - 1) < 0.101 for tempo in tempos)
    assert min(tempos) < 1 < max(tempos)


def test_pitch_is_drawn_up_to_two_semitones_in_both_directions() -> None:
    moved = [12 * np.log2(fundamental(copy) / 200) for copy in copies("pitch", voice())]
    assert all(0.4 < abs(semitones) < 2.1 for semitones in moved)
    assert min(moved) < 0 < max(moved)


@every_kind
def test_copy_is_a_voice_at_the_same_rate_and_not_its_parent(kind: str) -> None:
    parent = Audio(voice(), RATE)
    copy = augmented(parent, kind, 3)
    assert copy.rate == RATE
    assert copy.samples.dtype == np.float32
    assert not np.array_equal(copy.samples, parent.samples)


@every_kind
def test_equal_seeds_give_equal_copies_and_others_give_others(kind: str) -> None:
    parent = Audio(voice(), RATE)
    before = parent.samples.copy()
    one, again, other = (augmented(parent, kind, seed).samples for seed in (2**62 + 1, 2**62 + 1, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(parent.samples, before)


@every_kind
def test_loud_voice_stays_in_range(kind: str) -> None:
    loud = np.sign(voice()) * np.float32(1)
    for seed in range(4):
        assert np.abs(augmented(Audio(loud, RATE), kind, seed).samples).max() <= 1


def test_voice_that_is_too_short_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="a voice of 2,047 frames, too short to be augmented"):
        augmented(Audio(voice()[:2047], RATE), "pitch", 0)
    assert len(augmented(Audio(voice()[:2048], RATE), "pitch", 0).samples) == 2048


def test_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="no kind of augmentation is called 'echo'"):
        augmented(Audio(voice(), RATE), "echo", 0)
