"""The representation against openSMILE called plainly, and what it does with sounds that are not plain."""

from __future__ import annotations

import threading

import numpy as np
import opensmile
import pytest
from numpy.typing import NDArray

from emobench import Audio, UnreadableError
from emobench_egemaps.functionals import Egemaps

PLAIN = opensmile.Smile(
    feature_set=opensmile.FeatureSet.eGeMAPSv02,
    feature_level=opensmile.FeatureLevel.Functionals,
    sampling_rate=16_000,
    resample=True,
)


def voice(rate: int, seconds: float = 1.0, loudness: float = 0.3, pitch: float = 140.0) -> Audio:
    """Return a sound with pitch, harmonics and noise."""
    time = np.arange(int(seconds * rate)) / rate
    harmonics = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 20))
    noise = np.random.default_rng(0).normal(0, 0.05, len(time))
    samples = loudness * (harmonics / np.abs(harmonics).max() + noise) / 1.3
    return Audio(samples.astype(np.float32), rate)


def features(audio: Audio, rate: int = 16_000) -> NDArray[np.float32]:
    return Egemaps().compute(audio, rate=rate)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_414, 48_000])
def test_it_is_what_opensmile_gives(rate: int) -> None:
    audio = voice(rate)
    wanted = PLAIN.process_signal(audio.samples, rate).to_numpy()[0]
    found = features(audio)
    assert found.shape == (88,)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, wanted)


def test_pitch_stands_where_opensmile_says() -> None:
    place = PLAIN.feature_names.index("F0semitoneFrom27.5Hz_sma3nz_amean")
    assert features(voice(16_000, pitch=220.0))[place] == pytest.approx(12 * np.log2(220 / 27.5), abs=0.3)


def test_full_scale_does_not_wrap_around() -> None:
    """The wrapper of openSMILE multiplies by 32,768 and converts to 16 bits: +1.0 would become -1.0, a click."""
    rise = np.linspace(0, 1, 8_000, dtype=np.float32)
    plateau = Audio(np.concatenate([rise, np.ones(8_000, np.float32)]), 16_000)
    nearly = Audio(np.minimum(plateau.samples, np.float32(1 - 2**-15)), 16_000)
    np.testing.assert_array_equal(features(plateau), features(nearly))


def test_silence_has_features() -> None:
    assert np.isfinite(features(Audio(np.zeros(16_000, np.float32), 16_000))).all()


def test_the_shortest_clip_is_one_frame() -> None:
    assert np.isfinite(features(voice(16_000, 0.06))).all()
    with pytest.raises(UnreadableError, match="a clip of 59 ms, shorter than one frame of 60 ms"):
        features(voice(16_000, 0.059))


def test_a_clip_leaves_nothing_behind() -> None:
    before = features(voice(16_000))
    features(voice(16_000, loudness=0.9, pitch=300.0))
    np.testing.assert_array_equal(features(voice(16_000)), before)


def test_threads_do_not_disturb_each_other() -> None:
    sounds = [voice(16_000, pitch=100.0 + 40 * number) for number in range(4)]
    alone = [features(sound) for sound in sounds]
    together: list[NDArray[np.float32] | None] = [None] * len(sounds)

    def work(number: int) -> None:
        together[number] = features(sounds[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(sounds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(np.array(together), np.array(alone))
