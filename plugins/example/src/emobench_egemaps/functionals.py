"""The 88 functionals of eGeMAPS: how a clip sounds, in the features that speech scientists agreed on."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import Audio, Representation, UnreadableError, hookimpl
from emobench.contracts import Modality

if TYPE_CHECKING:
    import numpy as np
    import opensmile
    from numpy.typing import NDArray

_WINDOW = 0.06  # seconds: the frames in which eGeMAPS looks for pitch are its longest
_LOUDEST = 1 - 2**-15  # the largest 16-bit number; openSMILE's wrapper turns 1.0 into -1.0


class Egemaps(Representation):
    """float32 (88,): eGeMAPSv02 at functional level, in openSMILE's order (``Smile.feature_names``).

    Eyben et al. (The Geneva minimalistic acoustic parameter set for voice research and affective computing. IEEE
    Transactions on Affective Computing 7(2), 2016): pitch, loudness, spectral balance, formants, jitter, shimmer, the first
    four MFCCs and the rhythm of voiced parts, as means and variations over the clip. Units differ from feature to feature
    and their ranges by orders of magnitude, so a model must standardise them.
    """

    name: ClassVar[str] = "egemaps"
    title: ClassVar[str] = "88 eGeMAPSv02 functionals"
    modality: ClassVar[Modality] = "audio"
    # One rate for all datasets: spectral features depend on it. 16 kHz is the lowest rate of the usual corpora, and nothing
    # in eGeMAPS is measured above 8 kHz.
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"rate": 16_000})
    packages: ClassVar[tuple[str, ...]] = ("audresample", "numpy", "opensmile")

    def compute(self, decoded: Audio, **parameters: Any) -> NDArray[np.float32]:
        """Return the features of one clip.

        Raises:
            UnreadableError: the clip is shorter than one frame of 60 ms.
        """
        import audresample
        import numpy as np

        rate = parameters["rate"]
        # Resampled here as openSMILE would do it, because what overshoots must be cut off in between.
        sound = audresample.resample(decoded.samples, decoded.rate, rate)
        if sound.shape[1] < _WINDOW * rate:
            seconds = len(decoded.samples) / decoded.rate
            raise UnreadableError(
                f"a clip of {1000 * seconds:.0f} ms, shorter than one frame of {1000 * _WINDOW:.0f} ms"
            )
        features: NDArray[np.float32] = _extractor()(np.clip(sound, -1, _LOUDEST), rate)
        return features.reshape(-1)


@functools.cache
def _extractor() -> opensmile.Smile:
    """Return openSMILE's configuration; it starts openSMILE again for every clip, and so keeps nothing of the last one."""
    import opensmile

    return opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register ``egemaps``."""
    return [Egemaps()]
