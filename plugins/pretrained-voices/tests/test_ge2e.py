"""The encoder against the package's own code, and with sounds that are not plain."""

from __future__ import annotations

import sys
import types
import warnings
from importlib import metadata
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench import Audio, EmobenchError
from emobench_pretrained_voices.ge2e import GE2E
from emobench_pretrained_voices.spectrogram import windows

try:
    GE2E().files()
except EmobenchError as error:
    pytest.skip(str(error), allow_module_level=True)


def voice(seconds: float, loudness: float = 0.2, rate: int = 16_000) -> Audio:
    """Return a sound with a gliding pitch, harmonics and noise."""
    time = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(4 * time)) / rate
    harmonics = sum(np.sin(phase * n) / n for n in range(1, 20))
    noise = np.random.default_rng(0).normal(0, 0.05, len(time))
    return Audio((loudness * (harmonics / 2 + noise)).astype(np.float32), rate)


def vectors(*sounds: Audio, precision: str = "fp32") -> NDArray[np.float32]:
    encoder = GE2E()
    made = encoder.load("cpu", precision)([encoder.prepare(sound) for sound in sounds])
    return np.stack([np.asarray(each)[0, 0] for each in made])


@pytest.fixture(scope="module")
def package() -> Any:
    """The package Resemblyzer. Its detector of voices is replaced, since it has to be compiled, and is not called here."""
    sys.modules.setdefault("webrtcvad", types.ModuleType("webrtcvad"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports from a module of SciPy that has another name today
        return pytest.importorskip("resemblyzer", exc_type=ImportError)


@pytest.fixture(scope="module")
def network(package: Any) -> Any:
    """The package's own network."""
    return package.VoiceEncoder("cpu", verbose=False)


@pytest.mark.parametrize("loudness", [0.2, 0.01], ids=["loud", "quiet"])
@pytest.mark.parametrize("seconds", [0.4, 1.6, 2.2, 2.9, 3.5, 6.0])
def test_it_is_what_the_package_gives(package: Any, network: Any, seconds: float, loudness: float) -> None:
    sound = voice(seconds, loudness)
    louder = package.normalize_volume(sound.samples, -30, increase_only=True)
    wanted = network.embed_utterance(louder)
    np.testing.assert_allclose(vectors(sound)[0], wanted, atol=1e-5)


def test_a_vector_has_length_1() -> None:
    np.testing.assert_allclose(np.linalg.norm(vectors(voice(2.0), voice(5.0)), axis=1), 1, atol=1e-5)


def test_it_does_not_depend_on_the_others_in_the_batch() -> None:
    sounds = [voice(0.5), voice(4.0, 0.5), voice(2.0, 0.01)]
    alone = np.concatenate([vectors(sound) for sound in sounds])
    np.testing.assert_allclose(vectors(*sounds), alone, atol=1e-5)


def test_it_does_not_depend_on_the_loudness_of_a_quiet_sound() -> None:
    quiet, quieter = vectors(voice(2.0, 0.01), voice(2.0, 0.001))
    np.testing.assert_allclose(quiet, quieter, atol=1e-4)


def test_silence_and_a_sound_of_one_sample_have_vectors() -> None:
    assert np.isfinite(vectors(Audio(np.zeros(16_000, np.float32), 16_000), voice(1 / 16_000))).all()


def test_half_precision_is_about_the_same() -> None:
    exact, rounded = (vectors(voice(3.0), precision=precision)[0] for precision in ("fp32", "bf16"))
    assert exact @ rounded > 0.99


def test_a_window_that_mostly_lies_after_the_end_is_left_out() -> None:
    assert [len(windows(voice(seconds).samples)) for seconds in (0.1, 1.6, 1.98, 2.0)] == [1, 1, 2, 2]


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    with pytest.raises(EmobenchError, match="pip install --no-deps Resemblyzer"):
        GE2E().files()
