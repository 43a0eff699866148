"""Copies of a voice that sound a little different: with noise, shifted in time, stretched, or at another pitch.

Paper B names no kind and no strength. These four are those that are usual for speech, mild enough that a listener would hear
the same emotion. No strength comes near zero, where a copy would be its parent again: each is drawn evenly from a range, and
its direction, where there are two, by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.contracts import Audio
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("noise", "shift", "stretch", "pitch")

# dB of the clip over the noise: heard, as in a room that is not quiet, with every word as clear as before.
_NOISE = (20.0, 30.0)
# Share of the clip's length: at most a fifth of a second of two, which is about what stands before and after the words.
_SHIFT = (0.02, 0.10)
# Change of tempo: one speaker varies by more from sentence to sentence, and angry and sad speech differ by more.
_STRETCH = (0.03, 0.10)
# Semitones: speech moves over several within a sentence, and a happy voice lies several above a neutral one.
_PITCH = (0.5, 2.0)

_WINDOW = 2048  # frames: what librosa stretches a voice by


def augmented(voice: Audio, kind: str, seed: int) -> Audio:
    """Return a copy of a voice at the same rate, in [-1, 1]; equal arguments, equal samples.

    Args:
        voice: the parent.
        kind: one of :data:`KINDS`.
        seed: what the strength, its direction and the noise are drawn with.

    Raises:
        UnreadableError: the voice is shorter than 2,048 frames.
    """
    import numpy as np

    if len(voice.samples) < _WINDOW:
        raise UnreadableError(f"a voice of {len(voice.samples):,} frames, too short to be augmented")
    generator = np.random.default_rng(seed)
    direction = generator.choice((-1, 1))
    match kind:
        case "noise":
            samples = with_noise(voice.samples, generator.uniform(*_NOISE), generator)
        case "shift":
            samples = shifted(voice.samples, direction * round(len(voice.samples) * generator.uniform(*_SHIFT)))
        case "stretch":
            samples = stretched(voice.samples, 1 + direction * generator.uniform(*_STRETCH))
        case "pitch":
            samples = pitched(voice.samples, voice.rate, direction * generator.uniform(*_PITCH))
        case _:
            raise ValueError(f"no kind of augmentation is called {kind!r}")
    return Audio(np.clip(samples, -1, 1), voice.rate)


def with_noise(samples: NDArray[np.float32], decibels: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Return (frames,) with white noise so many decibels below the clip's mean power; silence stays silent."""
    import numpy as np

    power = np.mean(np.square(samples, dtype=np.float64))
    noise = generator.normal(0, np.sqrt(power / 10 ** (decibels / 10)), len(samples))
    return (samples + noise).astype(np.float32)


def shifted(samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Return (frames,) moved to later (to earlier, where negative); what is left free is silent, and nothing comes round."""
    import numpy as np

    moved = np.zeros_like(samples)
    if frames >= 0:
        moved[frames:] = samples[: len(samples) - frames]
    else:
        moved[:frames] = samples[-frames:]
    return moved


def stretched(samples: NDArray[np.float32], tempo: float) -> NDArray[np.float32]:
    """Return (frames / tempo,) at the same pitch: a tempo above 1 is faster and shorter."""
    import librosa
    import numpy as np

    return np.asarray(librosa.effects.time_stretch(samples, rate=tempo), dtype=np.float32)


def pitched(samples: NDArray[np.float32], rate: int, semitones: float) -> NDArray[np.float32]:
    """Return (frames,) at another pitch and the same tempo; the formants move along, as if the speaker were smaller."""
    import librosa
    import numpy as np

    return np.asarray(librosa.effects.pitch_shift(samples, sr=rate, n_steps=semitones), dtype=np.float32)
