"""The 180 features of many speech emotion tutorials and papers: how a clip sounds on average."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Audio, Modality, Representation
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WINDOW = 2048  # librosa's default n_fft, in frames


class MfccChromaMel(Representation):
    """float32 (180,): the means over time of 40 MFCCs, 12 chroma and 128 mel bands (power), in this order.

    Each is what librosa computes with its defaults: a Hann window of 2,048 frames every 512, zero-padded at the ends.

    Parameters:
        rate: in Hz; sounds are resampled to it.
        chroma_power: 1 for chroma of the magnitudes, ``librosa.feature.chroma_stft(S=np.abs(librosa.stft(y)))``, as most
            public code with these 180 features has it; 2 for chroma of the power, ``chroma_stft(y=y)``.
    """

    name: ClassVar[str] = "mfcc-chroma-mel"
    title: ClassVar[str] = "means of 40 MFCCs, 12 chroma and 128 mel bands"
    modality: ClassVar[Modality] = "audio"
    # The rate that librosa.load resamples to when it is told none. Papers that name librosa and no rate had this one, or
    # the files' own where they read them with soundfile; it must be one rate, for the features depend on it.
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"rate": 22050, "chroma_power": 1})
    packages: ClassVar[tuple[str, ...]] = ("librosa", "numpy", "scipy", "soundfile", "soxr")

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.float32]:
        """Return the features of one clip.

        Raises:
            UnreadableError: the clip is shorter than one analysis window (93 ms at 22,050 Hz), or not finite.
        """
        import librosa
        import numpy as np

        rate = parameters["rate"]
        sound = decoded.samples
        if decoded.rate != rate:
            sound = librosa.resample(sound, orig_sr=decoded.rate, target_sr=rate)
        if len(sound) < _WINDOW:
            raise UnreadableError(
                f"a clip of {1000 * len(sound) / rate:.0f} ms, shorter than one analysis window of "
                f"{1000 * _WINDOW / rate:.0f} ms"
            )
        if not np.isfinite(sound).all():
            raise UnreadableError("a clip with samples that are not finite numbers")
        # One spectrogram serves all three; librosa would compute the same one for each.
        magnitude = np.abs(librosa.stft(sound))
        power = magnitude**2
        mel = librosa.feature.melspectrogram(S=power, sr=rate)
        mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), sr=rate, n_mfcc=40)
        pitches = magnitude ** parameters["chroma_power"]
        chroma = librosa.feature.chroma_stft(S=pitches, sr=rate, tuning=_tuning(pitches, rate))
        return np.concatenate([mfcc.mean(axis=1), chroma.mean(axis=1), mel.mean(axis=1)]).astype(np.float32)


def _tuning(spectrogram: NDArray[np.float32], rate: int) -> float:
    """Do what ``librosa.estimate_tuning`` does, without its warning where there is no pitch, as in silence.

    To mute the warning would not do: clips are computed by several threads, and Python's warning filters are not
    thread-safe.
    """
    import librosa
    import numpy as np

    pitch, magnitude = librosa.piptrack(S=spectrogram, sr=rate)
    pitched = pitch > 0
    if not pitched.any():
        return 0.0
    loud = pitched & (magnitude >= np.median(magnitude[pitched]))
    return float(librosa.pitch_tuning(pitch[loud], bins_per_octave=12))


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the 180 features."""
    return [MfccChromaMel()]
