"""What the GE2E network takes: windows of mel spectrograms, computed as the package ``Resemblyzer`` computes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
HOP = 160
"""Samples from one frame of the spectrogram to the next: 10 ms."""

WINDOW, STEP = 160, 77
"""Frames of a window, and from the beginning of one to that of the next: 1.6 s, and 1.3 windows a second."""

BANDS = 40
_LEAST_COVERED = 0.75
"""A last window of which less lies within the sound is left out, unless it is the only one."""

_QUIETEST = 10 ** (-30 / 20)
"""Root mean square, with 1 as full scale: -30 dB."""


def loud_enough(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a sound (t,) that is at least as loud as -30 dB below full scale; silence stays what it is."""
    loudness = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
    if loudness == 0 or loudness >= _QUIETEST:
        return sound
    return np.asarray(sound * (_QUIETEST / loudness), dtype=np.float32)


def windows(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the windows of the mel spectrogram of a sound, float32 (windows, 160, 40); there is always one.

    A sound that ends within its last window is continued with silence.
    """
    import librosa

    starts = _starts(len(sound))
    padded = np.pad(sound, (0, max((starts[-1] + WINDOW) * HOP - len(sound), 0)))
    mel = librosa.feature.melspectrogram(y=padded, sr=RATE, n_fft=400, hop_length=HOP, n_mels=BANDS)
    frames = mel.astype(np.float32).T
    return np.stack([frames[start : start + WINDOW] for start in starts])


def _starts(samples: int) -> list[int]:
    """Return the frames at which windows begin."""
    frames = -(-(samples + 1) // HOP)
    starts = list(range(0, max(1, frames - WINDOW + STEP + 1), STEP))
    covered = (samples - starts[-1] * HOP) / (WINDOW * HOP)
    return starts[:-1] if len(starts) > 1 and covered < _LEAST_COVERED else starts
