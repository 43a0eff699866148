"""What one process must do before several decode."""

from __future__ import annotations


def compile_sound_functions() -> None:
    """Let this process alone compile what librosa compiles with numba, before several processes need it.

    numba keeps what it compiled on the disk, for all processes. Two that compile the same function at once can leave an
    index there that belongs to neither's code; from then on every process that calls the function is killed (seen with
    numba 0.68 on a fresh installation). Where it is compiled already, this takes the time of importing librosa.
    """
    import librosa
    import numpy as np

    noise = np.random.default_rng(0).normal(0, 0.1, 8192).astype(np.float32)
    power = np.abs(librosa.stft(noise)) ** 2
    librosa.piptrack(S=power, sr=16_000)
    librosa.feature.mfcc(y=noise, sr=16_000)
    librosa.feature.chroma_stft(S=power, sr=16_000)
    librosa.resample(noise, orig_sr=16_000, target_sr=22_050)
    librosa.effects.trim(noise)
    librosa.effects.pitch_shift(noise, sr=16_000, n_steps=1)
    librosa.yin(noise, fmin=100, fmax=400, sr=16_000)
