"""The sound itself, cut or padded to one length, for networks that listen to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Audio, Modality, Representation, resampled
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Waveform(Representation):
    """float32 (rate * seconds,): the beginning of a clip in mono, with zeros behind one that is shorter.

    *Zeros at the end are padding*: the true length of a clip is that up to the last number that is not 0, which is how a
    network finds it. A clip that itself ends in digital silence loses that silence, and nothing else.

    A clip whose numbers are all 0 has no length, and is dropped and counted.
    """

    name: ClassVar[str] = "waveform"
    title: ClassVar[str] = "waveform, 4 s at 16 kHz"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            # Hz: what nearly all pretrained networks of speech take.
            "rate": 16_000,
            # The clips of acted corpora are mostly shorter (RAVDESS 3.7 s on average, CREMA-D 2.5 s).
            "seconds": 4.0,
        }
    )
    packages: ClassVar[tuple[str, ...]] = ("librosa", "numpy", "soxr")

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.float32]:
        """Return (rate * seconds,) from a clip of any length and rate.

        Raises:
            UnreadableError: the clip is silent in that time, or not finite.
        """
        import numpy as np

        length = round(parameters["rate"] * parameters["seconds"])
        if not np.isfinite(decoded.samples).all():
            raise UnreadableError("a clip with samples that are not finite numbers")
        sound = resampled(decoded, parameters["rate"])[:length]
        if not sound.any():
            raise UnreadableError("a silent clip")
        return np.pad(sound, (0, length - len(sound))).astype(np.float32, copy=False)


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the waveform."""
    return [Waveform()]
