"""Pretrained weights that turn batches of samples into arrays on a device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from emobench.contracts.media import Audio, Modality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNKNOWN = "unknown"
"""In the place of a corpus: nobody says what was trained on."""

CELL = "cell:"
"""Before the name of an experiment whose fitted model encodes; see :mod:`emobench.encoders.fitted_cell`."""

ENCODER_SETTINGS: Mapping[str, Any] = MappingProxyType({"layer": -1, "pool": "mean", "batch": 16, "frames": 8})
"""What a suite may set of every encoder, with defaults; see :mod:`emobench.encoders.settings`.

``layer`` is counted from 0, the input of the first, or from the end: -1 is the last. ``frames`` of a film are taken at equal
distances; an encoder of images pools each of them, and the mean over the frames is the film's.
"""

ENCODER_OPTIONS: Mapping[str, Any] = MappingProxyType({"sequence": False, "of": {}})
"""What a suite may set besides. A cell whose suite sets none of them has the id that it had before they were there.

``sequence`` keeps a vector for each frame of a sound or film and each token of a text, in their order, of one layer.
``of`` is a table with the name of a representation of sequences of pictures and its parameters: an encoder of images then
encodes its steps, in the place of frames of the film.
"""

WEIGHTS_FACT, CELL_FACT, REVISION_FACT = ENCODER_FACTS = ("weights", "cell", "revision")
"""What the identity of a cell says of an encoder beside what was set: the hash of its weights, the cell whose fitted model it
is, the commit of a repository."""

Encode: TypeAlias = Callable[[list[Any]], Sequence[Any]]
"""Takes a batch of what :meth:`Encoder.prepare` returns, and returns for each sample a floating-point array or tensor, on
any device, of shape (layers, frames, d). All samples have the same number of layers and the same d; a vector for a whole
sample is one frame."""


class Encoder(ABC):
    """Pretrained weights, which are not trained here.

    The harness decodes samples, batches those of like length, pools frames, picks a layer and caches the arrays, keyed by
    the content of the weights: each dataset is encoded once. What a sample is encoded as must not depend on the others in
    its batch.

    Attributes:
        name: lower-case name with hyphens; of weights that a source names (``hf:...``), the source.
        title: one line for people.
        modality: what it is made for. One for images also encodes films: some frames of each.
        rate: frames a second that sounds are resampled to; of no meaning for other modalities.
        one_length: whether a batch must hold sounds of one length alone, since the encoder cannot tell padding from sound.
        parameters: names and defaults of what a suite may set, besides what every encoder has (``layer``, ``pool``,
            ``batch``, ``frames``).
        packages: distributions whose version may change the result.
        license: of the weights, as their source states it; empty where it states none.
        released: day, month or year of the weights in ISO 8601, as their source states it; empty where it states none.
        citation: one line.
        pretrained_on: what the weights were trained on: names of registered datasets, with a part (``"fer2013:train"``) or
            without, and any other corpora by their names (``"LibriSpeech"``); ``("unknown",)`` where nobody says; ``()`` of
            weights that were trained on nothing.
    """

    name: str
    title: str
    modality: Modality
    rate: int = 16_000
    one_length: bool = False
    parameters: Mapping[str, Any] = MappingProxyType({})
    packages: tuple[str, ...] = ()
    license: str = ""
    released: str = ""
    citation: str = ""
    pretrained_on: tuple[str, ...] = (UNKNOWN,)

    def files(self) -> tuple[Path, ...]:
        """Return the files whose content determines what comes out; a cell is known by them, wherever they are.

        Raises:
            EmobenchError: they are not on this machine; the remedy is the command that fetches them.
        """
        return ()

    @abstractmethod
    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch.

        Args:
            device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
            precision: ``"fp32"`` or ``"bf16"``.
            **parameters: every name in :attr:`parameters`.

        Raises:
            EmobenchError: the weights cannot be loaded.
        """

    def prepare(self, decoded: Any) -> Any:
        """Return a decoded sample as :data:`Encode` takes it; called in several threads.

        Args:
            decoded: what :meth:`Dataset.read` returns for :attr:`modality`.

        Returns:
            Of a sound float32 (t,) at :attr:`rate`; of a picture uint8 (height, width, 3); a text as it is.

        Raises:
            UnreadableError: this sample cannot be encoded (it is too short, say); it is dropped and counted.
        """
        if isinstance(decoded, Audio):
            return resampled(decoded, self.rate)
        return as_colour(decoded) if self.modality == "image" else decoded

    def length(self, prepared: Any) -> int:
        """Return what samples are batched by: frames of a sound, characters of a text, 0 of a picture."""
        return 0 if self.modality == "image" else len(prepared)


def resampled(sound: Audio, rate: int) -> NDArray[np.float32]:
    """Return the samples of a sound at another rate, float32 (t,), by librosa's ``soxr_hq``."""
    import numpy as np

    if sound.rate == rate:
        return sound.samples
    import librosa

    other = librosa.resample(sound.samples, orig_sr=sound.rate, target_sr=rate, res_type="soxr_hq")
    return np.asarray(other, dtype=np.float32)


def as_colour(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture as uint8 (height, width, 3); a gray one has three equal channels."""
    import numpy as np

    return np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture
