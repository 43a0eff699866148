"""Bringing a picture to the size that a model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def resized(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a picture (height, width) or (height, width, 3) stretched to (size, size); one of that size as it is."""
    import cv2
    import numpy as np

    if image.shape[:2] == (size, size):
        return image
    # Area averaging keeps a shrunk picture from aliasing, which linear interpolation does not. To enlarge, linear: cubic
    # would overshoot at edges and invent darker and lighter pixels than the picture has.
    interpolation = cv2.INTER_AREA if max(image.shape[:2]) > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size, size), interpolation=interpolation), dtype=np.uint8)
