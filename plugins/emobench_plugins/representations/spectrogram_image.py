"""The spectrogram of a clip as a small colour image, as paper B's networks take it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Audio, Modality, Representation
from emobench.errors import UnreadableError
from emobench_plugins.representations.resizing import resized

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What librosa recommends for speech, in frames: 32 ms at 16 kHz, short enough to tell one sound of speech from the next. Its
# default of 2,048 is for music.
_WINDOW = 512
# dB below the loudest point that are drawn as black: librosa's default for spectrograms that are shown.
_RANGE = 80.0


class SpectrogramImage(Representation):
    """uint8 (3, size, size) in RGB order: time from left to right, frequency from 0 (bottom) to half of ``rate`` (top).

    Paper B says that spectrograms are made with librosa and the important features cropped, and nothing more. Decided here:

    - *Cropped* in time, to the clip without what stands before and after the words: from the first to the last frame (of
      128 ms, every 32) that is at most ``top_db`` below the loudest one. That is ``librosa.effects.trim``, which measures
      here after pre-emphasis (6 dB an octave, as is usual before speech is analysed), for the rooms of CREMA-D hum: without
      it 58% of 200 of its clips, most of which begin and end with silence, stay as they are, with it 31%. What is
      drawn is the clip without pre-emphasis. Axes, ticks and margins, which a plot would have, are never there. In frequency
      everything is kept, since fricatives reach up to 8 kHz.
    - *The magnitude* is in dB below the loudest point of the clip, as in librosa's examples, so that how loud a clip
      is as a whole does not show: the distance from the microphone has a part in that.
    - *Frequency* is linear: the paper speaks of spectrograms, and of no mel scale.
    - *Time* is stretched: a clip of any length fills the image, as it would fill a figure. Tempo shows in the words only.
    - *Colours* are those of magma, which is librosa's choice for such plots, black for nothing and near white for the
      loudest. Their lightness rises evenly with the level. The image is brought to its size before it is coloured: each
      pixel is the mean level of its area, and has a colour of the map, which the mean of several colours need not be.

    OpenCV does the drawing, and a clip takes some 2 ms.
    """

    name: ClassVar[str] = "spectrogram-image"
    title: ClassVar[str] = "log-magnitude spectrogram as a colour image, 48 by 48"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            # The paper leaves it open, and its first fully connected layer grows with the square of it. That of the faces
            # of FER2013; a row of pixels is 167 Hz high, a column some 40 ms wide.
            "size": 48,
            # Hz. CREMA-D's own, the lowest of the three corpora of voices: above 8 kHz some have sound and others not,
            # which would tell the corpus, and in a mixture of corpora perhaps the class.
            "rate": 16_000,
            # Between the loud and the weak parts of speech there are some 30 dB; the speech intelligibility index of ANSI
            # S3.5 reckons with as much. At 25 a final consonant of TESS is lost here and there, and librosa's default
            # of 60 takes nothing away: no room is as quiet as that.
            "top_db": 30.0,
        }
    )
    packages: ClassVar[tuple[str, ...]] = ("librosa", "numpy", "opencv-python", "scipy", "soundfile", "soxr")

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.uint8]:
        """Return the image of one clip.

        Raises:
            UnreadableError: the clip is silent, shorter than one analysis window (32 ms at 16 kHz), or not finite.
        """
        import cv2
        import librosa
        import numpy as np

        speech = _speech(decoded, parameters["rate"], parameters["top_db"])
        magnitude = np.abs(librosa.stft(speech, n_fft=_WINDOW))
        level = librosa.amplitude_to_db(magnitude, ref=np.max, top_db=_RANGE)
        gray = np.rint((1 + level / _RANGE) * 255).astype(np.uint8)
        small = resized(gray[::-1], parameters["size"])  # rows of images count from the top
        blue_first = cv2.applyColorMap(small, cv2.COLORMAP_MAGMA)
        return np.ascontiguousarray(blue_first[:, :, ::-1].transpose(2, 0, 1))


def _speech(clip: Audio, rate: int, top_db: float) -> NDArray[np.float32]:
    """Return the clip at ``rate``, from the first to the last sound of speech."""
    import librosa
    import numpy as np

    sound = clip.samples
    if not np.isfinite(sound).all():
        raise UnreadableError("a clip with samples that are not finite numbers")
    if clip.rate != rate:
        sound = librosa.resample(sound, orig_sr=clip.rate, target_sr=rate)
    if len(sound) < _WINDOW:
        length, window = 1000 * len(sound) / rate, 1000 * _WINDOW / rate
        raise UnreadableError(f"a clip of {length:.0f} ms, shorter than one analysis window of {window:.0f} ms")
    if not sound.any():
        raise UnreadableError("a silent clip")
    _, (first, end) = librosa.effects.trim(librosa.effects.preemphasis(sound), top_db=top_db)
    return sound[first:end]


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the spectrogram as an image."""
    return [SpectrogramImage()]
