"""The label map of paper B: three classes of a voice, called as the faces that it is paired with are called.

Paper B takes three categories of the voices: happy becomes positive, angry negative, neutral stays. Whatever else a corpus
holds is left out. It names seven emotions for both of its voice corpora; CREMA-D has no surprise, which changes nothing here.
"""

from __future__ import annotations

from emobench import hookimpl
from emobench.contracts import LabelMap

THREE_CLASSES = LabelMap(
    name="three-classes",
    version=1,
    classes=("negative", "neutral", "positive"),
    mapping={
        "angry": "negative",
        "neutral": "neutral",
        "happy": "positive",
        # M-LFW-FER, whose labels are the classes
        "negative": "negative",
        "positive": "positive",
        # what else there is in TESS and CREMA-D, and in FER2013 and RAVDESS
        "calm": None,
        "disgust": None,
        "fear": None,
        "fearful": None,
        "pleasant surprise": None,
        "ps": None,
        "sad": None,
        "surprise": None,
        "surprised": None,
    },
)


@hookimpl
def emobench_label_maps() -> list[LabelMap]:
    """Register the three classes of paper B."""
    return [THREE_CLASSES]
