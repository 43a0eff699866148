"""The label map of the six emotions that RAVDESS, TESS and CREMA-D share.

CREMA-D's six are those that all three have: neither the surprise of RAVDESS and TESS nor the calm of RAVDESS has a
counterpart in it. A map with a module of its own, for the code of the module is part of the identity of every cell that uses
the map.
"""

from __future__ import annotations

from emobench import hookimpl
from emobench.contracts import LabelMap

SIX_EMOTIONS = LabelMap(
    name="six-emotions",
    version=1,
    classes=("angry", "disgust", "fear", "happy", "neutral", "sad"),
    mapping={
        "angry": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happy",
        "neutral": "neutral",
        "sad": "sad",
        # RAVDESS's word for fear
        "fearful": "fear",
        # RAVDESS, TESS (and FER2013), without a counterpart in CREMA-D
        "calm": None,
        "surprise": None,
        "surprised": None,
        "ps": None,
        "pleasant surprise": None,
    },
)


@hookimpl
def emobench_label_maps() -> list[LabelMap]:
    """Register the six emotions of the voice corpora."""
    return [SIX_EMOTIONS]
