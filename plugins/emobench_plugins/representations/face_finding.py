"""Where in a picture the face is, by the detector that ships with scikit-image.

It is a cascade of local binary patterns for faces seen from the front (Liao et al. 2007, Learning multi-scale block local
binary patterns for face recognition). It draws no random numbers: equal pictures, equal boxes.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# On RAVDESS's films, whose faces are half as high as the frame, it finds every face in frames of this size and nothing else;
# a frame takes some 15 ms. Larger frames take longer and smaller ones bring false boxes.
_SIDE = 180  # pixels of a frame's shorter side
_GROWTH = 1.2  # of the window, from one scale to the next
_STEP = 1.25  # of the window through the picture, relative to the window's scale
_SMALLEST = 1 / 5  # of the frame's shorter side
_NEIGHBOURS = 4  # windows about the same place that make a face
_WINDOW = 24  # pixels; the cascade was trained on faces of this size


class Face(NamedTuple):
    """A square around a face, in pixels: from above the brows to the chin, as the faces of FER2013 are cut."""

    top: int
    left: int
    side: int


def largest_face(gray: NDArray[np.uint8]) -> Face | None:
    """Return the largest face of a gray picture (height, width), the topmost and then leftmost of several as large."""
    import cv2

    height, width = gray.shape
    shrunk = min(1.0, _SIDE / min(height, width))
    small = cv2.resize(gray, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA) if shrunk < 1 else gray
    shorter = min(small.shape)
    if shorter < _WINDOW:
        return None
    smallest = max(_WINDOW, round(shorter * _SMALLEST))
    boxes = _cascade().detect_multi_scale(
        small,
        scale_factor=_GROWTH,
        step_ratio=_STEP,
        min_size=(smallest, smallest),
        max_size=(shorter, shorter),
        min_neighbor_number=_NEIGHBOURS,
    )
    if not boxes:
        return None
    box = min(boxes, key=lambda box: (-box["width"], box["r"], box["c"]))
    side = min(round(box["width"] / shrunk), height, width)
    return Face(min(round(box["r"] / shrunk), height - side), min(round(box["c"] / shrunk), width - side), side)


@functools.cache
def _cascade() -> Any:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())  # type: ignore[no-untyped-call]
