"""The label map of the seven emotions: from the labels of the datasets to the classes of a task.

Each map has a module of its own, for the code of the module is part of the identity of every cell that uses the map.
"""

from __future__ import annotations

from emobench import hookimpl
from emobench.contracts import LabelMap

# The seven classes in alphabetical order, which the columns of every probability array follow. Paper A numbers its classes
# 0 to 6 without naming them. The supports in its Table 2 are 37, 34, 41, 44, 16, 47, 31: only class 4 is half the size of
# the others, as neutral is in RAVDESS (96 clips against 192), so neutral is 4. That is its place in alphabetical order (and
# not in FER2013's own numbering, where neutral is 6); the other six are of one size, so nothing more can be told. The 250
# clips are a fifth of the 1,248 that are not calm.
SEVEN_EMOTIONS = LabelMap(
    name="seven-emotions",
    version=1,
    classes=("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"),
    mapping={
        # FER2013
        "angry": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happy",
        "neutral": "neutral",
        "sad": "sad",
        "surprise": "surprise",
        # RAVDESS, where it differs; calm has no counterpart among the seven, and paper A leaves it out
        "calm": None,
        "fearful": "fear",
        "surprised": "surprise",
        # TESS, where it differs; all labels of CREMA-D are above, and surprise is not among them
        "ps": "surprise",
        "pleasant surprise": "surprise",
    },
)


@hookimpl
def emobench_label_maps() -> list[LabelMap]:
    """Register the seven emotions of FER2013."""
    return [SEVEN_EMOTIONS]
