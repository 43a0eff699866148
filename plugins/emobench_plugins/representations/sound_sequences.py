"""Sounds as sequences, for models that go through time: log-mel bands, MFCCs, and the sound itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Audio, Modality, Representation, resampled
from emobench.errors import EmobenchError, UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOUDEST = 80.0
"""Decibels below its loudest point at which a spectrogram is cut off, as librosa does."""


class MelSequence(Representation):
    """float32 (t, bands) in decibels: a log-mel spectrogram, a step for each window, each step as long as a window moves.

    The windows are Hann windows of twice the step, zero-padded at both ends of the sound (librosa's ``center``), so that a
    sound of s seconds has 1 + floor(s * per_second) steps. Decibels are relative to full scale; 80 dB below the loudest
    point of a clip they are cut off.

    Parameters:
        rate: in Hz; sounds are resampled to it.
        per_second: steps a second.
        bands: of the mel scale, as Slaney defines it, from 0 to half the rate.
    """

    name: ClassVar[str] = "mel-sequence"
    title: ClassVar[str] = "log-mel bands over time"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"rate": 16_000, "per_second": 50, "bands": 40})
    packages: ClassVar[tuple[str, ...]] = ("librosa", "numpy", "scipy", "soxr")
    sequences: ClassVar[bool] = True

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.float32]:
        """Return (t, bands) of a clip.

        Raises:
            UnreadableError: the clip is shorter than one step, or not finite.
            EmobenchError: there cannot be so many steps a second.
        """
        import numpy as np

        return np.ascontiguousarray(_log_mel(decoded, self.name, **parameters).T, dtype=np.float32)


class MfccSequence(Representation):
    """float32 (t, mfccs * (1 + deltas)): MFCCs over time, and how fast they change.

    They are the first coefficients of the discrete cosine transform (type 2, orthonormal) of what ``mel-sequence`` gives with
    64 bands. Their changes are the slopes of a line through 9 steps (``librosa.feature.delta``, the nearest value beyond the
    ends); those of a sound shorter than 9 steps are 0.

    Parameters:
        rate: in Hz; sounds are resampled to it.
        per_second: steps a second.
        mfccs: coefficients, the first (the loudness) included.
        deltas: 0 for none, 1 for their change, 2 for the change of that, too. 13 coefficients with both are the 39 features
            that hidden Markov models of speech have been given since the 1980s.
        shuffled: whether the steps of each clip are put in a random order, the same at every call. What a model that goes
            through time then loses is what it had from the order.
    """

    name: ClassVar[str] = "mfcc-sequence"
    title: ClassVar[str] = "MFCCs over time"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"rate": 16_000, "per_second": 50, "mfccs": 13, "deltas": 2, "shuffled": False}
    )
    packages: ClassVar[tuple[str, ...]] = ("librosa", "numpy", "scipy", "soxr")
    sequences: ClassVar[bool] = True
    random: ClassVar[bool] = True

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.float32]:
        """Return (t, mfccs * (1 + deltas)) of a clip.

        Raises:
            UnreadableError: the clip is shorter than one step, or not finite.
            EmobenchError: there are no such parameters.
        """
        import librosa
        import numpy as np

        mfccs, deltas = parameters["mfccs"], parameters["deltas"]
        if not 1 <= mfccs <= _BANDS or deltas not in (0, 1, 2):
            what = f"mfccs is {mfccs}, deltas is {deltas}"
            raise EmobenchError(what, where=self.name, remedy=f"use 1 to {_BANDS} mfccs, and 0, 1 or 2 deltas")
        mel = _log_mel(decoded, self.name, rate=parameters["rate"], per_second=parameters["per_second"], bands=_BANDS)
        found = [librosa.feature.mfcc(S=mel, n_mfcc=mfccs)]
        for order in range(1, deltas + 1):
            if mel.shape[1] < _SLOPE:
                found.append(np.zeros_like(found[0]))
            else:
                found.append(librosa.feature.delta(found[0], width=_SLOPE, order=order, mode="nearest"))
        steps = np.concatenate(found).T
        if parameters["shuffled"]:
            steps = parameters["generator"].permutation(steps)
        return np.ascontiguousarray(steps, dtype=np.float32)


class WaveformSequence(Representation):
    """float32 (t,) in [-1, 1]: the whole sound in mono, at one rate.

    Parameters:
        rate: in Hz; sounds are resampled to it.
    """

    name: ClassVar[str] = "waveform-sequence"
    title: ClassVar[str] = "the whole waveform at 16 kHz"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"rate": 16_000})
    packages: ClassVar[tuple[str, ...]] = ("librosa", "numpy", "soxr")
    sequences: ClassVar[bool] = True

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.float32]:
        """Return (t,) of a clip.

        Raises:
            UnreadableError: it has no sample, or one that is no finite number.
        """
        import numpy as np

        return np.ascontiguousarray(_sound(decoded, parameters["rate"], 1), dtype=np.float32)


_BANDS, _SLOPE = 64, 9


def _sound(decoded: Audio, rate: int, least: int) -> NDArray[np.float32]:
    import numpy as np

    if not np.isfinite(decoded.samples).all():
        raise UnreadableError("a clip with samples that are not finite numbers")
    sound = resampled(decoded, rate) if len(decoded.samples) else decoded.samples
    if len(sound) < least:
        raise UnreadableError(f"a clip of {1000 * len(sound) / rate:.0f} ms, shorter than {1000 * least / rate:.0f} ms")
    return sound


def _log_mel(decoded: Audio, name: str, *, rate: int, per_second: int, bands: int) -> NDArray[np.float32]:
    """Return (bands, t) in decibels."""
    import librosa
    import numpy as np

    if not 1 <= per_second <= rate // 2:
        raise EmobenchError(f"per_second is {per_second}", where=name, remedy=f"use 1 to {rate // 2}")
    step = round(rate / per_second)
    sound = _sound(decoded, rate, 2 * step)
    power = librosa.feature.melspectrogram(
        y=sound, sr=rate, n_fft=_window(2 * step), win_length=2 * step, hop_length=step, n_mels=bands
    )
    return np.asarray(librosa.power_to_db(power, ref=1.0, top_db=_LOUDEST), dtype=np.float32)


def _window(length: int) -> int:
    """Return the power of two from which the Fourier transform of a window is made."""
    return 1 << (length - 1).bit_length()


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the sequences of sounds."""
    return [MelSequence(), MfccSequence(), WaveformSequence()]
