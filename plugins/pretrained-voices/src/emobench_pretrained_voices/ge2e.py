"""The GE2E speaker encoder with the weights that the package ``Resemblyzer`` carries."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import EmobenchError, hookimpl
from emobench.contracts import Encode, Encoder, Modality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "resemblyzer/pretrained.pt"


class GE2E(Encoder):
    """float32 (256,) of length 1: whose voice it is.

    Wan, Wang, Papir and Lopez Moreno (Generalized end-to-end loss for speaker verification. ICASSP 2018): a recurrent
    network on mel spectrograms, trained to tell speakers apart. A sound is cut into overlapping windows of 1.6 s, each has
    its vector, and the direction of their mean is the sound's.

    Quiet sounds are made louder first, as the package does. Its removal of long pauses is left out: README.md says why.
    """

    name = "ge2e"
    title = "GE2E speaker encoder"
    modality: Modality = "audio"
    rate = 16_000
    packages = ("librosa", "numpy", "torch")
    license = "Apache-2.0"
    citation = "Wan, Wang, Papir and Lopez Moreno: Generalized end-to-end loss for speaker verification. ICASSP 2018."
    pretrained_on = ("LibriSpeech-other", "VoxCeleb1", "VoxCeleb2")

    def files(self) -> tuple[Path, ...]:
        """Return the file with the weights.

        Raises:
            EmobenchError: the package ``Resemblyzer`` is not installed, or carries no such file.
        """
        remedy = "pip install --no-deps Resemblyzer"
        try:
            listed = metadata.files("Resemblyzer") or ()
        except metadata.PackageNotFoundError as error:
            raise EmobenchError("the weights of 'ge2e' are in the package Resemblyzer", remedy=remedy) from error
        for file in listed:
            if file.as_posix() == FILE and (found := Path(str(file.locate()))).is_file():
                return (found,)
        raise EmobenchError(f"the installed package Resemblyzer has no file {FILE}", remedy=f"{remedy}==0.1.4")

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what turns a list of sounds, float32 (t,) at 16 kHz, into arrays (1, 1, 256), one a sound.

        Raises:
            EmobenchError: the weights are not there, or are others.
        """
        from emobench_pretrained_voices.network import loaded

        (path,) = self.files()
        return loaded(path, device, precision)

    def prepare(self, decoded: Any) -> NDArray[np.float32]:
        """Return a sound as float32 (t,) at 16 kHz, not quieter than -30 dB below full scale."""
        from emobench_pretrained_voices.spectrogram import loud_enough

        return loud_enough(super().prepare(decoded))


@hookimpl
def emobench_encoders() -> list[Encoder]:
    """Register ``ge2e``."""
    return [GE2E()]
